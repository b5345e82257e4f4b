// Writes the fields of messages.
//
// Ownership: the target is the caller's. Not thread-safe.
// Invariants: whatever WireReader refuses is refused here too, so that what is sent can be read; a writer without a target counts
// bytes and checks fields, and one with a target is given exactly the bytes that were counted.

using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Writes the fields of messages: little-endian, unaligned. Without a target (the default value) it only measures. The
/// first field that is refused makes the writer fail for good, with reason and position.</summary>
public ref struct WireWriter
{
    /// <summary>Longest text in bytes of UTF-8: an address, the name of an attribute.</summary>
    public const int TextBytesMax = byte.MaxValue;

    /// <summary>Greatest errno (MAX_ERRNO of Linux).</summary>
    internal const int ErrnoMax = 4095;

    private readonly Span<byte> _target;
    private int _at;
    private int _field;

    /// <summary>Writes into <paramref name="target"/>, which is as long as what was measured.</summary>
    public WireWriter(Span<byte> target)
    {
        _target = target;
    }

    /// <summary>Was anything refused?</summary>
    public readonly bool Failed => Problem != WireProblemKind.None;

    /// <summary>Why the writer failed; none while it has not.</summary>
    public WireProblemKind Problem { get; private set; }

    /// <summary>Bytes measured or written so far; after a failure, where the refused field would begin.</summary>
    public readonly int Position => Failed ? _field : _at;

    /// <summary>Refuses the field that was written last.</summary>
    public void Fail(WireProblemKind why)
    {
        if (!Failed)
            Problem = why;
    }

    /// <summary>A byte.</summary>
    public void WriteByte(byte value)
    {
        Span<byte> bytes = Take(sizeof(byte));
        if (!bytes.IsEmpty)
            bytes[0] = value;
    }

    /// <summary>Two bytes.</summary>
    public void WriteUInt16(ushort value)
    {
        Span<byte> bytes = Take(sizeof(ushort));
        if (!bytes.IsEmpty)
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
    }

    /// <summary>Four bytes.</summary>
    public void WriteUInt32(uint value)
    {
        Span<byte> bytes = Take(sizeof(uint));
        if (!bytes.IsEmpty)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
    }

    /// <summary>Eight bytes.</summary>
    public void WriteUInt64(ulong value)
    {
        Span<byte> bytes = Take(sizeof(ulong));
        if (!bytes.IsEmpty)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
    }

    /// <summary>Four bytes, signed.</summary>
    public void WriteInt32(int value) => WriteUInt32((uint)value);

    /// <summary>Eight bytes, signed.</summary>
    public void WriteInt64(long value) => WriteUInt64((ulong)value);

    /// <summary>A byte that is 0 or 1.</summary>
    public void WriteBool(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    /// <summary>A byte that chooses one of several.</summary>
    /// <param name="value">The choice.</param>
    /// <param name="last">The greatest one; at most 255.</param>
    public void WriteChoice(int value, int last)
    {
        WriteByte((byte)value);
        Check(value >= 0 && value <= last, WireProblemKind.Value);
    }

    /// <summary>Four bytes of flags.</summary>
    /// <param name="value">The flags.</param>
    /// <param name="known">Those that there are.</param>
    public void WriteFlags(uint value, uint known)
    {
        WriteUInt32(value);
        Check((value & ~known) == 0, WireProblemKind.Value);
    }

    /// <summary>Capability bits.</summary>
    public void WriteCaps(CapBits value) => WriteFlags((uint)value, (uint)CapBits.All);

    /// <summary>Number of an inode, or of none.</summary>
    public void WriteIno(Ino value) => WriteUInt64(value.Value);

    /// <summary>A fragment.</summary>
    public void WriteFrag(Frag value) => WriteUInt32(value.Raw);

    /// <summary>A directory and a fragment of it.</summary>
    public void WriteDirFrag(DirFrag value)
    {
        WriteIno(value.Ino);
        WriteFrag(value.Frag);
    }

    /// <summary>A rank, or none.</summary>
    public void WriteRank(RankId value)
    {
        WriteInt32(value.Value);
        Check(value.Value is >= -1 and < RankId.CountMax, WireProblemKind.Value);
    }

    /// <summary>An error or none.</summary>
    public void WriteError(IoError value)
    {
        WriteInt32(value.Errno);
        Check(value.Errno is >= 0 and <= ErrnoMax, WireProblemKind.Value);
    }

    /// <summary>A name of a directory's entry.</summary>
    public void WriteName(ReadOnlySpan<byte> name)
    {
        WriteNameOrEmpty(name);
        Check(!name.IsEmpty, WireProblemKind.Name);
    }

    /// <summary>A name of a directory's entry, or none.</summary>
    public void WriteNameOrEmpty(ReadOnlySpan<byte> name)
    {
        WriteByte((byte)name.Length);
        Check(name.IsEmpty || !MetadataName.Check(name).Failed, WireProblemKind.Name);
        Put(name);
    }

    /// <summary>Names, one below the other.</summary>
    public void WriteNames(IReadOnlyList<byte[]> names)
    {
        WriteCount(names.Count);
        for (int i = 0; i < names.Count; i++)
            WriteName(names[i]);
    }

    /// <summary>A path: UTF-8, at most <see cref="MetadataName.PathBytesMax"/> bytes, may be empty.</summary>
    public void WritePath(ReadOnlySpan<byte> path)
    {
        WriteUInt16((ushort)path.Length);
        Check(path.Length <= MetadataName.PathBytesMax, WireProblemKind.TooLong);
        Check(Failed || Utf8.IsValid(path), WireProblemKind.Text);
        Put(path);
    }

    /// <summary>Text of at most <see cref="TextBytesMax"/> bytes of UTF-8.</summary>
    public void WriteText(string text)
    {
        Span<byte> bytes = stackalloc byte[TextBytesMax];
        OperationStatus status = Utf8.FromUtf16(text, bytes, out _, out int length, replaceInvalidSequences: false);
        WriteByte((byte)length);
        Check(status != OperationStatus.DestinationTooSmall, WireProblemKind.TooLong);
        Check(status == OperationStatus.Done, WireProblemKind.Text);
        Put(bytes[..length]);
    }

    /// <summary>Bytes of any kind.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="bytesMax">Most of them.</param>
    public void WriteBytes(ReadOnlySpan<byte> bytes, int bytesMax)
    {
        WriteInt32(bytes.Length);
        Check(bytes.Length <= bytesMax, WireProblemKind.TooLong);
        Put(bytes);
    }

    /// <summary>A count of items that follow.</summary>
    public void WriteCount(int count) => WriteInt32(count);

    /// <summary>A record within this one: version, length, fields.</summary>
    public void WriteRecord<T>(WireVersion version, T value, WireWrite<T> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        WriteByte(version.Major);
        WriteByte(version.Minor);
        Span<byte> length = Take(sizeof(uint));
        int start = _at;
        write(ref this, value);
        if (!length.IsEmpty)
            BinaryPrimitives.WriteInt32LittleEndian(length, _at - start);
    }

    /// <summary>A count, and so many records.</summary>
    public void WriteRecords<T>(WireVersion version, IReadOnlyList<T> items, WireWrite<T> write)
    {
        ArgumentNullException.ThrowIfNull(items);
        WriteCount(items.Count);
        for (int i = 0; i < items.Count && !Failed; i++)
            WriteRecord(version, items[i], write);
    }

    private void Check(bool isGood, WireProblemKind why)
    {
        if (!isGood)
            Fail(why);
    }

    private void Put(scoped ReadOnlySpan<byte> bytes)
    {
        int field = _field;
        Span<byte> room = Take(bytes.Length);
        if (!room.IsEmpty)
            bytes.CopyTo(room);
        _field = Failed ? _field : field;
    }

    /// <summary>Room for the next bytes; none while measuring, or after a failure.</summary>
    private Span<byte> Take(int count)
    {
        if (Failed)
            return default;
        _field = _at;
        if (count > MessageFormats.BytesMax - _at)
        {
            Problem = WireProblemKind.TooLong;
            return default;
        }

        _at += count;
        if (_target.IsEmpty)
            return default;
        Invariant.That(_at <= _target.Length, "a message does not change while it is written");
        return _target.Slice(_field, count);
    }
}
