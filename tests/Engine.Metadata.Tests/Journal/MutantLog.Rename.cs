using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata.Tests;

/// <content>A rename as two events, and an exchange that is not told.</content>
internal sealed partial class MutantLog
{
    private static readonly int s_seqOffset = (int)Marshal.OffsetOf<EventHeader>(nameof(EventHeader.Seq));

    private readonly MemoryStream _gone = new();
    private readonly MemoryStream _rest = new();
    private long _eventsMore;

    /// <summary>Puts what an event takes away into an event of its own, before the rest; events are numbered anew.</summary>
    private IoError AppendInTwo(byte[] bytes, out long position)
    {
        _gone.SetLength(0);
        _rest.SetLength(0);
        _gone.Write(bytes, 0, EventHeader.Bytes);
        _rest.Write(bytes, 0, EventHeader.Bytes);
        EventReader reader = new(bytes);
        bool isContext = false;
        bool moves = false;
        bool removes = false;
        while (reader.Read())
        {
            // What leads to the changed directories stands before both.
            bool isEntry = reader.Part.Tag is EventTag.Entry or EventTag.Ext;
            isContext = reader.Part.Tag == EventTag.Dir ? (reader.Part.Flags & DirPart.IsContext) != 0 : isContext;
            if (reader.Part.Tag is EventTag.Dir or EventTag.Removed || (isContext && isEntry))
                _gone.Write(bytes, reader.Offset, reader.Part.Stride);
            if (reader.Part.Tag != EventTag.Removed)
                _rest.Write(bytes, reader.Offset, reader.Part.Stride);
            moves |= isEntry && !isContext;
            removes |= reader.Part.Tag == EventTag.Removed;
        }

        Assert.Null(reader.Problem);
        if (!moves || !removes)
            return AppendNumbered(bytes, out position);
        IoError error = AppendNumbered(_gone.ToArray(), out position);
        if (error.Failed)
            return error;
        _eventsMore++;
        return AppendNumbered(_rest.ToArray(), out _);
    }

    /// <summary>Leaves out of an event that two names are exchanged: it only says what lies where.</summary>
    private IoError AppendUntold(byte[] bytes, out long position)
    {
        _rest.SetLength(0);
        _rest.Write(bytes, 0, EventHeader.Bytes);
        EventReader reader = new(bytes);
        while (reader.Read())
        {
            if (reader.Part.Tag != EventTag.Exchange)
                _rest.Write(bytes, reader.Offset, reader.Part.Stride);
        }

        Assert.Null(reader.Problem);
        return AppendNumbered(_rest.ToArray(), out position);
    }

    private IoError AppendNumbered(byte[] bytes, out long position)
    {
        Span<byte> seq = bytes.AsSpan(s_seqOffset, sizeof(long));
        MemoryMarshal.Write(seq, MemoryMarshal.Read<long>(seq) + _eventsMore);
        using BufferList list = BufferList.Rent(pool);
        Assert.True(list.TryAppendCopy(bytes));
        return log.Append(list, out position);
    }
}
