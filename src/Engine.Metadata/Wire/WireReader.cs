// Reads the fields of messages from bytes that are not trusted.
//
// Ownership: the bytes are the caller's; what is handed out is copied from them. Not thread-safe.
// Invariants: nothing is read beyond the innermost record that was begun; after the first failure every read gives a default
// value and nothing moves, so that who reads fields needs no checks of its own; nothing is allocated for bytes that are not
// there.

using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Reads the fields of messages from bytes that are not trusted: little-endian, unaligned. The first field that is
/// refused makes the reader fail for good, with reason and position.</summary>
public ref struct WireReader
{
    /// <summary>Version (2) and length (4).</summary>
    internal const int RecordHeaderBytes = 6;

    /// <summary>The least that a name takes: its length, and one byte.</summary>
    private const int NameBytesMin = 2;

    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;
    private int _end;
    private int _field;

    /// <summary>Reads from <paramref name="bytes"/>.</summary>
    public WireReader(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        _end = bytes.Length;
    }

    /// <summary>Was anything refused?</summary>
    public readonly bool Failed => Problem != WireProblemKind.None;

    /// <summary>Why the reader failed; none while it has not.</summary>
    public WireProblemKind Problem { get; private set; }

    /// <summary>Where the next field begins; after a failure, where the refused one does.</summary>
    public readonly int Position => Failed ? _field : _at;

    /// <summary>Refuses the field that was read last.</summary>
    public void Fail(WireProblemKind why)
    {
        if (!Failed)
            Problem = why;
    }

    /// <summary>A byte.</summary>
    public byte ReadByte()
    {
        ReadOnlySpan<byte> bytes = Take(sizeof(byte));
        return bytes.IsEmpty ? (byte)0 : bytes[0];
    }

    /// <summary>Two bytes.</summary>
    public ushort ReadUInt16()
    {
        ReadOnlySpan<byte> bytes = Take(sizeof(ushort));
        return bytes.IsEmpty ? (ushort)0 : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    /// <summary>Four bytes.</summary>
    public uint ReadUInt32()
    {
        ReadOnlySpan<byte> bytes = Take(sizeof(uint));
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    /// <summary>Eight bytes.</summary>
    public ulong ReadUInt64()
    {
        ReadOnlySpan<byte> bytes = Take(sizeof(ulong));
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>Four bytes, signed.</summary>
    public int ReadInt32() => (int)ReadUInt32();

    /// <summary>Eight bytes, signed.</summary>
    public long ReadInt64() => (long)ReadUInt64();

    /// <summary>A byte that is 0 or 1.</summary>
    public bool ReadBool() => ReadChoice(1) == 1;

    /// <summary>A byte that chooses one of several.</summary>
    /// <param name="last">The greatest choice; 0 is the first.</param>
    public int ReadChoice(int last)
    {
        byte value = ReadByte();
        return Checked(value, value <= last);
    }

    /// <summary>Four bytes of flags.</summary>
    /// <param name="known">The flags that there are.</param>
    public uint ReadFlags(uint known)
    {
        uint value = ReadUInt32();
        return Checked(value, (value & ~known) == 0);
    }

    /// <summary>Capability bits.</summary>
    public CapBits ReadCaps() => (CapBits)ReadFlags((uint)CapBits.All);

    /// <summary>Number of an inode, or of none.</summary>
    public Ino ReadIno() => new(ReadUInt64());

    /// <summary>A fragment.</summary>
    public Frag ReadFrag() => Checked(Frag.TryFromRaw(ReadUInt32(), out Frag frag), frag);

    /// <summary>A directory and a fragment of it.</summary>
    public DirFrag ReadDirFrag() => new(ReadIno(), ReadFrag());

    /// <summary>A rank, or none.</summary>
    public RankId ReadRank()
    {
        int value = ReadInt32();
        return Checked(value is >= -1 and < RankId.CountMax, new RankId(value));
    }

    /// <summary>An error or none: an errno of Linux.</summary>
    public IoError ReadError()
    {
        int value = ReadInt32();
        return Checked(value is >= 0 and <= WireWriter.ErrnoMax, new IoError(value));
    }

    /// <summary>A name of a directory's entry.</summary>
    public byte[] ReadName()
    {
        byte[] name = ReadNameOrEmpty();
        Checked(name.Length > 0, WireProblemKind.Name);
        return name;
    }

    /// <summary>A name of a directory's entry, or none.</summary>
    public byte[] ReadNameOrEmpty()
    {
        int start = _at;
        ReadOnlySpan<byte> name = Take(ReadByte());
        _field = Failed ? _field : start;
        return Checked(name.IsEmpty || !MetadataName.Check(name).Failed, WireProblemKind.Name) ? name.ToArray() : [];
    }

    /// <summary>Names, one below the other.</summary>
    public byte[][] ReadNames()
    {
        var names = new byte[ReadCount(NameBytesMin)][];
        for (int i = 0; i < names.Length && !Failed; i++)
            names[i] = ReadName();
        return names;
    }

    /// <summary>A path: UTF-8, at most <see cref="MetadataName.PathBytesMax"/> bytes, may be empty.</summary>
    public ReadOnlyMemory<byte> ReadPath()
    {
        int start = _at;
        int length = ReadUInt16();
        if (!Checked(length <= MetadataName.PathBytesMax, WireProblemKind.TooLong))
            return default;
        ReadOnlySpan<byte> path = Take(length);
        _field = Failed ? _field : start;
        return Checked(Utf8.IsValid(path), WireProblemKind.Text) ? path.ToArray() : default(ReadOnlyMemory<byte>);
    }

    /// <summary>Text of at most <see cref="WireWriter.TextBytesMax"/> bytes of UTF-8.</summary>
    public string ReadText()
    {
        int start = _at;
        ReadOnlySpan<byte> text = Take(ReadByte());
        _field = Failed ? _field : start;
        return Checked(Utf8.IsValid(text), WireProblemKind.Text) ? Encoding.UTF8.GetString(text) : "";
    }

    /// <summary>Bytes of any kind.</summary>
    /// <param name="bytesMax">Most of them.</param>
    public byte[] ReadBytes(int bytesMax)
    {
        uint length = ReadUInt32();
        if (!Checked(length <= (uint)bytesMax, WireProblemKind.TooLong))
            return [];
        return Take((int)length).ToArray();
    }

    /// <summary>A count of items that follow; refused when the bytes left cannot hold so many.</summary>
    /// <param name="itemBytesMin">The least that an item takes; at least 1.</param>
    public int ReadCount(int itemBytesMin)
    {
        uint count = ReadUInt32();
        return Checked(count <= (uint)((_end - _at) / itemBytesMin), WireProblemKind.Count) ? (int)count : 0;
    }

    /// <summary>A record within this one: version, length, fields.</summary>
    public T ReadRecord<T>(WireVersion known, WireRead<T> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        byte major = ReadByte();
        Checked(major == known.Major, WireProblemKind.Version);
        byte minor = ReadByte();
        uint length = ReadUInt32();
        if (!Checked(length <= (uint)(_end - _at), WireProblemKind.Length))
            return default!;
        int outerEnd = _end;
        _end = _at + (int)length;
        T value = read(ref this);
        // Fields that only a later program knows lie at the end.
        if (_at != _end && minor > known.Minor)
            Take(_end - _at);
        else if (_at != _end && !Failed)
            FailHere(WireProblemKind.Trailing);
        _end = outerEnd;
        return value;
    }

    /// <summary>A count, and so many records.</summary>
    public T[] ReadRecords<T>(WireVersion known, WireRead<T> read)
    {
        var items = new T[ReadCount(RecordHeaderBytes)];
        for (int i = 0; i < items.Length && !Failed; i++)
            items[i] = ReadRecord(known, read);
        return items;
    }

    /// <summary>Everything has to be read by now.</summary>
    internal void End()
    {
        if (!Failed && _at != _end)
            FailHere(WireProblemKind.Trailing);
    }

    private void FailHere(WireProblemKind why)
    {
        _field = _at;
        Fail(why);
    }

    private bool Checked(bool isGood, WireProblemKind why)
    {
        if (!isGood)
            Fail(why);
        return !Failed;
    }

    private T Checked<T>(bool isGood, T value)
        where T : struct =>
        Checked(isGood, WireProblemKind.Value) ? value : default;

    private int Checked(int value, bool isGood) => Checked(isGood, value);

    private uint Checked(uint value, bool isGood) => Checked(isGood, value);

    /// <summary>The next bytes; none after a failure.</summary>
    private ReadOnlySpan<byte> Take(int count)
    {
        if (Failed)
            return default;
        _field = _at;
        if (count > _end - _at)
        {
            Problem = WireProblemKind.Truncated;
            return default;
        }

        _at += count;
        return _bytes.Slice(_field, count);
    }
}
