using System.Buffers.Binary;
using System.Text;

namespace Engine.Cluster;

/// <summary>Why a connection was not let in: a reason and a line of text, which is cut, and has no line breaks.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Text">More about it.</param>
public readonly record struct Refusal(RefusalReason Reason, string Text)
{
    /// <summary>Reason (2 bytes), length of the text (2).</summary>
    internal const int BytesMin = 4;

    internal const int BytesMax = BytesMin + TextBytesMax;

    private const int TextBytesMax = 240;

    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Writes the body; gives its length.</summary>
    /// <param name="target">At least <see cref="BytesMax"/>.</param>
    internal int Write(Span<byte> target)
    {
        Encoding.UTF8.GetEncoder().Convert(OneLine(Text), target[BytesMin..BytesMax], flush: true, out _, out int length, out _);
        BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)Reason);
        BinaryPrimitives.WriteUInt16LittleEndian(target[2..], (ushort)length);
        return BytesMin + length;
    }

    /// <summary>Reads the body of a refusal, or says which field cannot be.</summary>
    internal static FrameProblem TryRead(ReadOnlySpan<byte> body, out Refusal refusal)
    {
        refusal = default;
        var reason = (RefusalReason)BinaryPrimitives.ReadUInt16LittleEndian(body);
        if (reason is < RefusalReason.Version or > RefusalReason.Malformed)
            return new FrameProblem(FrameProblemKind.Field, FrameKind.Refusal);
        if (BinaryPrimitives.ReadUInt16LittleEndian(body[2..]) != body.Length - BytesMin)
            return new FrameProblem(FrameProblemKind.Field, FrameKind.Refusal, 2);
        try
        {
            refusal = new Refusal(reason, OneLine(s_strict.GetString(body[BytesMin..])));
            return default;
        }
        catch (DecoderFallbackException)
        {
            return new FrameProblem(FrameProblemKind.Field, FrameKind.Refusal, BytesMin);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.IsNullOrEmpty(Text) ? Reason.ToString() : $"{Reason}: {Text}";

    /// <summary>What comes from outside goes into logs and terminals.</summary>
    private static string OneLine(string? text) => string.Create(text?.Length ?? 0, text, static (line, from) =>
    {
        for (int i = 0; i < line.Length; i++)
            line[i] = char.IsControl(from![i]) ? ' ' : from[i];
    });
}
