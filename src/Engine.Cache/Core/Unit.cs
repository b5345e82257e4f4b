namespace Engine.Cache;

/// <summary>
/// The state of one unit of a block: of a 512-byte sector, or of a single byte where a request split a sector. One byte: the
/// low bits and the two marks at the top name the state of the specification's 1.7, the marks between say what else is true
/// of the unit. Eight sectors make one 64-bit word, so that a whole block is tested or set with one instruction.
/// </summary>
internal static class Unit
{
    /// <summary>Nothing known.</summary>
    public const byte Missing = 0x00;

    /// <summary>A read that will fill the unit is in flight.</summary>
    public const byte Rx = 0x01;

    /// <summary>The last read failed; read again when asked again.</summary>
    public const byte Error = 0x02;

    /// <summary>Known zeros, no data in memory.</summary>
    public const byte Zero = Readable | 0x03;

    /// <summary>As in the store.</summary>
    public const byte Clean = Readable | Data | 0x04;

    /// <summary>Newer than the store; not in flight in this version.</summary>
    public const byte Dirty = Readable | Data | 0x05;

    /// <summary>In flight to the store in this version.</summary>
    public const byte Tx = Readable | Data | 0x06 | InFlight;

    /// <summary>Mark, on Clean: committed, but the store has not been flushed since.</summary>
    public const byte Unstable = 0x08;

    /// <summary>Mark: a write that covers the unit is in flight, in this version or an older one.</summary>
    public const byte InFlight = 0x10;

    /// <summary>Mark, on Dirty: a flush or write-through waits for this unit to be issued.</summary>
    public const byte Covered = 0x20;

    /// <summary>Mark of the states whose bytes lie in the block's memory.</summary>
    public const byte Data = 0x40;

    /// <summary>Mark of the states that a read can be served from.</summary>
    public const byte Readable = 0x80;

    /// <summary>What identifies the state itself: all but the marks Unstable, InFlight and Covered.</summary>
    public const byte StateMask = Readable | Data | 0x07;

    /// <summary>Tx without its InFlight mark, as <see cref="StateOf"/> gives it.</summary>
    public const byte TxState = Tx & StateMask;

    /// <summary>A mark on all eight sectors of a block.</summary>
    public const ulong All = 0x0101010101010101UL;

    /// <summary>Count of distinct state codes, for gauges indexed by <see cref="Code"/>.</summary>
    public const int Codes = 8;

    public static byte StateOf(byte unit) => (byte)(unit & StateMask);

    public static int Code(byte unit) => unit & 0x07;

    /// <summary>The name that run lists show.</summary>
    public static string Name(byte unit) => Code(unit) switch
    {
        0 => "MISSING",
        1 => "RX",
        2 => "ERROR",
        3 => "ZERO",
        4 => "CLEAN",
        5 => "DIRTY",
        _ => "TX",
    };
}
