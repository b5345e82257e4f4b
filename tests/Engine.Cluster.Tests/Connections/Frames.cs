using System.Buffers;

namespace Engine.Cluster.Tests;

/// <summary>Frames with messages of these tests, as bytes.</summary>
internal static class Frames
{
    public static byte[] Note(ulong number, int bytes = 0) =>
        FrameSamples.Of(FrameKind.Message, Encode(TestMessages.Note(number, bytes)));

    /// <summary>The opening of a transfer: the message.</summary>
    public static byte[] Opening(ulong number) => Encode(new Cargo(number));

    private static byte[] Encode(Metadata.Message message)
    {
        var target = new ArrayBufferWriter<byte>();
        Assert.True(TestMessages.Formats.TryWrite(message, target).IsNone);
        return target.WrittenSpan.ToArray();
    }
}
