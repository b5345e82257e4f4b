using System.Buffers;
using System.Buffers.Binary;
using Xunit;

namespace Engine.Metadata.Tests;

/// <summary>Writes and reads messages.</summary>
internal sealed class WireFixture
{
    /// <summary>Kind (2), version (2), length (4).</summary>
    public const int HeaderBytes = 8;

    private readonly ArrayBufferWriter<byte> _target = new();

    public MessageFormats Formats { get; } = new(MetadataFormats.Create());

    public byte[] Write(Message message)
    {
        _target.ResetWrittenCount();
        WireProblem problem = Formats.TryWrite(message, _target);
        Assert.True(problem.IsNone, problem.ToString());
        return _target.WrittenSpan.ToArray();
    }

    /// <summary>What is wrong with a message; nothing of it was written.</summary>
    public WireProblem Refused(Message message)
    {
        _target.ResetWrittenCount();
        WireProblem problem = Formats.TryWrite(message, _target);
        Assert.False(problem.IsNone);
        Assert.Equal(0, _target.WrittenCount);
        return problem;
    }

    public Message Read(ReadOnlySpan<byte> bytes)
    {
        WireProblem problem = Formats.TryRead(bytes, out Message? message);
        Assert.True(problem.IsNone, problem.ToString());
        Assert.NotNull(message);
        return message;
    }

    /// <summary>A message as who gets it sees it.</summary>
    public T Carry<T>(T message)
        where T : Message => (T)Read(Write(message));

    /// <summary>What is wrong with bytes.</summary>
    public WireProblem Refused(ReadOnlySpan<byte> bytes)
    {
        WireProblem problem = Formats.TryRead(bytes, out Message? message);
        Assert.False(problem.IsNone);
        Assert.Null(message);
        Assert.InRange(problem.Position, 0, bytes.Length);
        return problem;
    }

    /// <summary>Makes a message's length right again, so that what lies in it is met.</summary>
    public static void FixLength(Span<byte> bytes) =>
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], bytes.Length - HeaderBytes);
}
