using Engine.Testing;
using Engine.Testing.Namespace;
using Xunit.Abstractions;

namespace Engine.Metadata.Tests.Posix;

/// <summary>Random operations on ext4 and on any namespace: derive a class that makes the namespace.</summary>
public abstract class DifferentialContract(ITestOutputHelper output)
{
    private const ulong Seed = 1;

    private static readonly int s_operations = Environment.GetEnvironmentVariable("ENGINE_NIGHTLY") == "1" ? 1_000_000 : 100_000;

    /// <summary>What results the run has to have met, each at least this often, or it proves little.</summary>
    private const int MetMin = 20;

    private static readonly string[] s_met =
    [
        "OK", "EACCES", "EBADF", "EBUSY", "EEXIST", "EINVAL", "EISDIR", "ELOOP", "ENAMETOOLONG", "ENODATA", "ENOENT", "ENOTDIR",
        "ENOTEMPTY", "EPERM",
    ];

    [Fact]
    public void RandomOperationsGiveEqualResults()
    {
        if ((Ext4Namespace.Unavailable ?? Ext4Namespace.UnusualRules) is { } reason)
        {
            TestSkip.Because(reason, output.WriteLine, nameof(RandomOperationsGiveEqualResults), GetType().Name);
            return;
        }

        using Ext4Namespace reference = Ext4Namespace.Create();
        using INamespace judged = Create();
        var runner = new DifferentialRunner(reference, judged);
        Divergence? found = runner.Run(Seed, s_operations);
        foreach ((string name, long count) in runner.Counts)
            output.WriteLine($"{name} {count}");
        output.WriteLine($"largest tree {runner.LargestTree}");
        Assert.True(found is null, found?.ToString());
        Assert.All(s_met, name => Assert.InRange(runner.Counts.GetValueOrDefault(name), MetMin, long.MaxValue));
        Assert.InRange(runner.LargestTree, 100, 5000);
    }

    /// <summary>Makes the namespace to be judged.</summary>
    protected abstract INamespace Create();
}
