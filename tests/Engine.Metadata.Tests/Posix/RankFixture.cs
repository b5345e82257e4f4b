using Engine.Testing.Metadata;
using Engine.Testing.Namespace;

namespace Engine.Metadata.Tests.Posix;

/// <summary>A rank's namespace.</summary>
public sealed class RankFixture : NamespaceFixture
{
    /// <inheritdoc/>
    protected override INamespace Create() => new RankNamespace();
}
