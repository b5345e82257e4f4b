namespace Engine.Metadata;

/// <summary>How long attributes of variable length may be.</summary>
public static class ExtLimits
{
    /// <summary>Kinds, <see cref="ExtKind.None"/> included.</summary>
    public const int KindCount = (int)ExtKind.InodeReplicas + 1;

    /// <summary>Longest value of any kind: 64 KiB of an attribute's value, and room for names.</summary>
    public const int BytesMax = 68 << 10;

    /// <summary>A value up to this lies on the page of its record, a longer one in chunks.</summary>
    public const int InlineMax = 1024;

    /// <summary>The same for the directory record, which cannot go to a page with more room.</summary>
    public const int DirInlineMax = 256;

    /// <summary>Longest target of a symbolic link: PATH_MAX without its NUL.</summary>
    public const int SymlinkMax = 4095;

    /// <summary>Longest value of a kind, in bytes.</summary>
    public static int MaxOf(ExtKind kind) => kind switch
    {
        ExtKind.Symlink => SymlinkMax,
        ExtKind.Replicas or ExtKind.InodeReplicas => RankId.CountMax * sizeof(uint),
        _ => BytesMax,
    };
}
