using Engine.Testing;
using Engine.Testing.Namespace;
using Xunit.Abstractions;

namespace Engine.Metadata.Tests.Posix;

/// <summary>Ext4 against ext4: the run is deterministic, notes no difference where there is none, and finds what is planted.
/// </summary>
public sealed class Ext4DifferentialTests(ITestOutputHelper output) : DifferentialContract(output)
{
    // The planted mistakes need 1 to 4 steps; what is drawn may lead to them by a short detour.
    private const int StepsMax = 6;

    private readonly ITestOutputHelper _output = output;

    [Theory]
    [MemberData(nameof(Ext4TableTests.Mistakes), MemberType = typeof(Ext4TableTests))]
    public void APlantedMistakeIsFoundAndShrunk(Mistake mistake)
    {
        if ((Ext4Namespace.Unavailable ?? Ext4Namespace.UnusualRules) is { } reason)
        {
            TestSkip.Because(reason, _output.WriteLine);
            return;
        }

        using Ext4Namespace reference = Ext4Namespace.Create();
        using var wrong = new WrongNamespace(Ext4Namespace.Create(), mistake);
        Divergence? found = new DifferentialRunner(reference, wrong).Run(7, 20_000);
        Assert.NotNull(found);
        _output.WriteLine(found.ToString());
        Assert.InRange(found.Steps.Count, 1, StepsMax);

        // The script says what is right, so the reference passes it; it is read as it was written.
        ScriptLine[] lines = [.. found.ToScript().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(ScriptLine.Parse)];
        Assert.Null(ScriptLine.Run(new StepExecutor(reference), lines));
    }

    /// <inheritdoc/>
    protected override INamespace Create() => Ext4Namespace.Create();
}
