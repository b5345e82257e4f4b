using Engine.Testing.Namespace;

namespace Engine.Metadata.Tests.Posix;

/// <summary>The kernel's ext4.</summary>
public sealed class Ext4Fixture : NamespaceFixture
{
    /// <inheritdoc/>
    public override string? Unavailable => Ext4Namespace.Unavailable;

    /// <inheritdoc/>
    protected override INamespace Create() => Ext4Namespace.Create();
}
