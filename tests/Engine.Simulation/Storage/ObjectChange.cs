using Engine.Buffers;
using Engine.Objects;

namespace Engine.Simulation;

/// <summary>A change of an object that is under way, or done and not yet durable.</summary>
internal sealed class ObjectChange(SimEnvironment life, ObjectChange.ChangeKind kind, long offset, long length, byte[]? bytes)
{
    internal enum ChangeKind
    {
        Write,
        Replace,
        Zero,
        Truncate,
        Remove,
    }

    public SimEnvironment Life => life;

    public ChangeKind Kind => kind;

    /// <summary>Number of the completion in the store; 0 while under way.</summary>
    public ulong CompletedAs { get; set; }

    public uint Checksum { get; init; }

    /// <summary>Is it among what the store can do?</summary>
    public bool IsAllowedBy(BackendCapabilities capabilities) => kind switch
    {
        ChangeKind.Remove => true,
        ChangeKind.Replace => capabilities.HasReplace && offset == 0,
        _ => capabilities.HasPartialWrites,
    };

    /// <summary>The content after the change. A given array is never changed, unless <paramref name="isCopy"/> says that it is
    /// the caller's own.</summary>
    public byte[]? ApplyTo(byte[]? content, ref bool isCopy)
    {
        switch (kind)
        {
            case ChangeKind.Remove:
                return null;
            case ChangeKind.Replace:
                isCopy = false;
                return bytes;
            case ChangeKind.Truncate:
                isCopy = true;
                return content is null ? null : Sized(content, length);
            case ChangeKind.Zero:
                if (content is null)
                    return null;
                content = Own(content, content.Length, ref isCopy);
                long end = Math.Min(content.Length, offset + length);
                if (offset < end)
                    content.AsSpan((int)offset, (int)(end - offset)).Clear();
                return content;
            default:
                content = Own(content ?? [], Math.Max(content?.Length ?? 0, offset + length), ref isCopy);
                bytes.CopyTo(content.AsSpan((int)offset));
                return content;
        }
    }

    /// <summary>As <see cref="ApplyTo"/>, but each sector of a write only by chance; other changes are whole.</summary>
    public byte[]? ApplyPartTo(byte[]? content, int sectorBytes, SeededRandom random)
    {
        bool isCopy = false;
        if (kind != ChangeKind.Write)
            return ApplyTo(content, ref isCopy);
        byte[] result = Own(content ?? [], Math.Max(content?.Length ?? 0, offset + length), ref isCopy);
        for (int at = 0; at < bytes!.Length; at += sectorBytes)
        {
            int part = Math.Min(sectorBytes, bytes.Length - at);
            if (random.NextBool(0.5))
                bytes.AsSpan(at, part).CopyTo(result.AsSpan((int)offset + at));
        }

        return result;
    }

    private static byte[] Own(byte[] content, long size, ref bool isCopy)
    {
        if (isCopy && size == content.Length)
            return content;
        isCopy = true;
        return Sized(content, size);
    }

    private static byte[] Sized(byte[] content, long size)
    {
        var copy = new byte[size];
        content.AsSpan(0, (int)Math.Min(content.Length, size)).CopyTo(copy);
        return copy;
    }
}
