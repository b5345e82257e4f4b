namespace Engine.Metadata;

/// <summary>What a <see cref="LinkRecord"/> says of its name.</summary>
public enum DentryLinkage : byte
{
    /// <summary>The name is known not to exist.</summary>
    Null = 0,

    /// <summary>The name leads to an inode whose primary name is elsewhere.</summary>
    Remote = 1,
}
