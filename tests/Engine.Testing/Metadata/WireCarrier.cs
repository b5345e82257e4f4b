using System.Buffers;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Testing.Metadata;

/// <summary>Carries messages as a network would: what arrives was read from the bytes of what was sent.</summary>
public sealed class WireCarrier
{
    private readonly MessageFormats _formats = new(MetadataFormats.Create());
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>Messages that went as bytes.</summary>
    public long CarriedCount { get; private set; }

    /// <summary>Messages that no bytes stand for, such as those with a name that is too long: they are handed over as they are,
    /// so that what a rank says to them is judged all the same.</summary>
    public long RefusedCount { get; private set; }

    /// <summary>A message as who gets it sees it.</summary>
    public Message Carry(Message message)
    {
        _bytes.ResetWrittenCount();
        if (!_formats.TryWrite(message, _bytes).IsNone)
        {
            RefusedCount++;
            return message;
        }

        WireProblem problem = _formats.TryRead(_bytes.WrittenSpan, out Message? arrived);
        Invariant.That(arrived is not null, problem.ToString());
        CarriedCount++;
        return arrived;
    }
}
