using Xunit.Abstractions;

namespace Engine.Metadata.Tests.Posix;

/// <summary>The table against a rank.</summary>
public sealed class RankTableTests(RankFixture fixture, ITestOutputHelper output)
    : PosixTableContract(fixture, output), IClassFixture<RankFixture>;
