using System.Globalization;
using System.Text;
using Engine.Buffers;
using Xunit.Abstractions;

namespace Engine.Cluster.Tests;

/// <summary>The bytes of frames, and the numbers that stand for choices, as they were when programs began to send them.</summary>
public sealed class FrameGoldenTests(ITestOutputHelper output)
{
    private const string Resource = "Engine.Cluster.Tests.Frames.Golden.txt";
    private const int BytesPerLine = 32;

    private static readonly Type[] s_sent = [typeof(FrameKind), typeof(FrameFlags), typeof(RefusalReason)];

    [Fact]
    public void NoFormatChangedUnseen()
    {
        var text = new StringBuilder();
        foreach (Type type in s_sent)
            Append(text, type);
        foreach ((string name, byte[] bytes) in FrameSamples.All)
            Append(text, name, bytes);
        output.WriteLine(text.ToString());
        using var reader = new StreamReader(typeof(FrameGoldenTests).Assembly.GetManifestResourceStream(Resource)!);
        Assert.Equal(reader.ReadToEnd(), text.ToString());
    }

    [Fact]
    public void TheHeaderIsAsItIsSaidToBe()
    {
        var bytes = new byte[FrameHeader.Bytes];
        new FrameHeader(FrameKind.Pages, FrameFlags.Last, 0x0102, 0x030405, 6, 7, 0x08090A0B).Write(bytes);
        Assert.Equal(
            (byte[])[(byte)'E', (byte)'F', (byte)'R', (byte)'M', 1, 6, 2, 0, 2, 1, 0, 0, 5, 4, 3, 0, 6, 0, 0, 0, 7, 0, 0, 0,
                0x0B, 0x0A, 9, 8],
            bytes[..28]);
        Assert.Equal(Crc32C.Append(0, bytes.AsSpan(0, 28)), BitConverter.ToUInt32(bytes, 28));
    }

    private static void Append(StringBuilder text, Type type)
    {
        text.Append("enum ").Append(type.Name).Append('\n');
        foreach (string name in Enum.GetNames(type))
        {
            ulong value = Convert.ToUInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
        }

        text.Append('\n');
    }

    /// <summary>What comes first, and a checksum of all.</summary>
    private static void Append(StringBuilder text, string name, byte[] bytes)
    {
        text.Append(CultureInfo.InvariantCulture, $"frame {name} {bytes.Length} {Crc32C.Append(0, bytes):x8}\n");
        foreach (byte[] line in bytes.Take(8 * BytesPerLine).Chunk(BytesPerLine))
            text.Append(Convert.ToHexStringLower(line)).Append('\n');
        text.Append('\n');
    }
}
