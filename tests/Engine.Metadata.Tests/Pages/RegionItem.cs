namespace Engine.Metadata.Tests;

/// <summary>What one record of a made region holds.</summary>
internal sealed class RegionItem
{
    public required byte[] Name { get; init; }

    public required RecordKind Kind { get; init; }

    /// <summary>An entry; of a link the dentry only.</summary>
    public EntryRecord Entry;

    public Ino RemoteIno { get; init; }

    public DentryLinkage Linkage { get; init; }

    public byte RemoteType { get; init; }

    public byte[]?[] Ext { get; } = new byte[]?[ExtLimits.KindCount];
}
