using Engine.Buffers;

namespace Engine.Cache;

/// <summary>The legal transitions of the specification's 1.8 as a function; anything else is a bug.</summary>
internal static class UnitTransitions
{
    /// <summary>What a unit becomes.</summary>
    public static byte Next(UnitChange change, byte unit)
    {
        byte state = Unit.StateOf(unit);
        int inFlight = unit & Unit.InFlight;
        switch (change)
        {
            case UnitChange.ReadIssued:
                Invariant.That(unit is Unit.Missing or Unit.Error, "a read is issued for missing units only");
                return Unit.Rx;
            case UnitChange.ReadFilled:
                Invariant.That(unit == Unit.Rx, "a read fills only units that wait for it");
                return Unit.Clean;
            case UnitChange.ReadFailed:
                Invariant.That(unit == Unit.Rx, "a read fails only units that wait for it");
                return Unit.Error;
            case UnitChange.ReadForgotten:
                return state == Unit.Error ? (byte)(Unit.Missing | inFlight) : unit;
            case UnitChange.Written:
                return (byte)(Unit.Dirty | inFlight | (state == Unit.Dirty ? unit & Unit.Covered : 0));
            case UnitChange.CoverRequested:
                return state == Unit.Dirty ? (byte)(unit | Unit.Covered) : unit;
            case UnitChange.CoverFailed:
                return (byte)(unit & ~Unit.Covered);
            case UnitChange.CoverDropped:
                return (unit & Unit.Covered) != 0 ? (byte)(Unit.Missing | inFlight) : unit;
            case UnitChange.WriteIssued:
                return Issued(unit, state);
            default:
                return NextAfterWrite(change, unit, state, inFlight);
        }
    }

    private static byte Issued(byte unit, byte state)
    {
        Invariant.That((unit & Unit.InFlight) == 0, "at most one write in flight per byte");
        Invariant.That((unit & Unit.Data) != 0, "a write carries bytes in memory only");
        return state == Unit.Dirty ? Unit.Tx : (byte)(unit | Unit.InFlight);
    }

    private static byte NextAfterWrite(UnitChange change, byte unit, byte state, int inFlight)
    {
        byte settled = (byte)(unit & ~Unit.InFlight);
        switch (change)
        {
            case UnitChange.CommittedStable:
                return state == Unit.TxState ? Unit.Clean : settled;
            case UnitChange.CommittedUnstable:
                return state == Unit.TxState ? (byte)(Unit.Clean | Unit.Unstable) : settled;
            case UnitChange.WriteFailed:
                return state == Unit.TxState ? Unit.Dirty : settled;
            case UnitChange.WriteDropped:
                return state == Unit.TxState ? Unit.Missing : settled;
            case UnitChange.Stabilised:
                return (byte)(unit & ~Unit.Unstable);
            case UnitChange.Destabilised:
                return (unit & Unit.Unstable) != 0 ? (byte)(Unit.Dirty | inFlight) : unit;
            case UnitChange.Dropped:
                return (byte)(Unit.Missing | inFlight);
            case UnitChange.DirtyDropped:
                return state == Unit.Dirty ? (byte)(Unit.Missing | inFlight) : unit;
            case UnitChange.Zeroed:
                return (byte)(Unit.Zero | inFlight);
            case UnitChange.Materialised:
                return state == Unit.Zero ? (byte)(Unit.Clean | inFlight) : unit;
            case UnitChange.Released:
                return IsReleasable(unit) ? Unit.Missing : unit;
            default:
                Invariant.Fail("unknown change of a unit: " + change);
                return unit;
        }
    }

    /// <summary>Held only for speed: no write, no waiting flush needs it.</summary>
    private static bool IsReleasable(byte unit) => unit is Unit.Clean or Unit.Zero or Unit.Error;
}
