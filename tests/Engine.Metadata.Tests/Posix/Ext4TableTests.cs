using Engine.Testing;
using Engine.Testing.Namespace;
using Xunit.Abstractions;

namespace Engine.Metadata.Tests.Posix;

/// <summary>The table against the kernel: a row that fails here is wrong.</summary>
public sealed class Ext4TableTests(Ext4Fixture fixture, ITestOutputHelper output)
    : PosixTableContract(fixture, output), IClassFixture<Ext4Fixture>
{
    private readonly Ext4Fixture _fixture = fixture;
    private readonly ITestOutputHelper _output = output;

    public static TheoryData<Mistake> Mistakes { get; } = [.. Enum.GetValues<Mistake>()];

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void APlantedMistakeFailsARow(Mistake mistake)
    {
        if (_fixture.Unavailable is { } reason)
        {
            TestSkip.Because(reason, _output.WriteLine);
            return;
        }

        var executor = new StepExecutor(new WrongNamespace(_fixture.Executor.Names, mistake));
        PosixRow? found = PosixRow.All.Values.FirstOrDefault(row => Fails(executor, row));
        Assert.NotNull(found);
        _output.WriteLine(found.Name);
    }

    private static bool Fails(StepExecutor executor, PosixRow row)
    {
        try
        {
            return ScriptLine.Run(executor, row.Lines) is not null;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }
}
