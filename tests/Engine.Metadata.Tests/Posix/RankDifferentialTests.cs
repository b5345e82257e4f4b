using Engine.Testing.Metadata;
using Engine.Testing.Namespace;
using Xunit.Abstractions;

namespace Engine.Metadata.Tests.Posix;

/// <summary>A rank against ext4.</summary>
public sealed class RankDifferentialTests(ITestOutputHelper output) : DifferentialContract(output)
{
    /// <inheritdoc/>
    protected override INamespace Create() => new RankNamespace();
}
