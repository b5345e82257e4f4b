using Xunit.Abstractions;

namespace Engine.Metadata.Tests.Posix;

/// <summary>The table against the kernel: a row that fails here is wrong.</summary>
public sealed class Ext4TableTests(Ext4Fixture fixture, ITestOutputHelper output)
    : PosixTableContract(fixture, output), IClassFixture<Ext4Fixture>;
