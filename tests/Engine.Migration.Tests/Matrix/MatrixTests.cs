// Every exporter's point, every importer's, all pairs of them, and the places between a rank's effects one by one, each with who
// comes back and with what becomes of messages. What comes of it is printed as a table.

using System.Collections.Concurrent;
using Engine.Buffers;
using Engine.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Engine.Migration.Tests;

/// <summary>The kill matrix, in full. Source: migrator specification, 3.5 and 9 (96 to 98); reliability anchors, 7.</summary>
public sealed class MatrixTests(ITestOutputHelper output)
{
    private const int RunsMin = 5000;
    private const int FailuresShown = 40;

    /// <summary>A case to be run alone, as a failure names it.</summary>
    private const string CaseVariable = "ENGINE_KILL_CASE";

    /// <summary>A file that the test run prints.</summary>
    private const string TableVariable = "ENGINE_TABLE_LOG";

    private static readonly KillPoint[] s_exporter =
        [.. Enum.GetValues<KillPoint>().Where(point => point is > KillPoint.None and < KillPoint.Import1)];

    private static readonly KillPoint[] s_importer = [.. Enum.GetValues<KillPoint>().Where(point => point >= KillPoint.Import1)];

    private readonly ConcurrentBag<MatrixResult> _done = [];
    private readonly ConcurrentBag<string> _failed = [];

    [Fact]
    public void MG096_MG097_MG098_AfterEveryDeathOneRankHasAllOfIt()
    {
        ulong seeds = (ulong)Nightly.Count(2, 20);
        List<Action> jobs = [];
        foreach (RestartPolicy policy in Enum.GetValues<RestartPolicy>())
        {
            foreach (MessageModel model in Enum.GetValues<MessageModel>())
            {
                for (ulong seed = 1; seed <= seeds; seed++)
                    AddJobs(jobs, policy, model, seed);
            }
        }

        Parallel.ForEach(jobs, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, job => job());
        Print(new MatrixTable([.. _done], seeds));
        Assert.True(_failed.IsEmpty, Failures());
        Assert.True(_done.Count >= RunsMin, $"only {_done.Count} runs");
    }

    /// <summary>One run again: the one that <see cref="CaseVariable"/> names, or one that is known.</summary>
    [Fact]
    public void ARunIsHadAgainFromItsName()
    {
        KillCase known = new(KillPoint.Export8, KillPoint.Import6, -1, RestartPolicy.ExporterNever, MessageModel.Resent, 7);
        Assert.Equal(known, KillCase.Parse($"{known}"));
        KillCase effect = new(
            KillPoint.None, KillPoint.None, 13, RestartPolicy.BothReturn, MessageModel.Reset, 1);
        Assert.Equal(effect, KillCase.Parse($"{effect}"));
        string named = Environment.GetEnvironmentVariable(CaseVariable) ?? $"{known}";
        using MatrixWorld world = new(KillCase.Parse(named));
        world.Run();
        output.WriteLine($"{named}: the region is {(world.IsGiven ? "the importer's" : "the exporter's")}");
    }

    private void AddJobs(List<Action> jobs, RestartPolicy policy, MessageModel model, ulong seed)
    {
        foreach (KillPoint point in s_exporter)
        {
            jobs.Add(() => Run(new KillCase(point, KillPoint.None, -1, policy, model, seed)));
            foreach (KillPoint other in s_importer)
                jobs.Add(() => Run(new KillCase(point, other, -1, policy, model, seed)));
        }

        foreach (KillPoint point in s_importer)
            jobs.Add(() => Run(new KillCase(KillPoint.None, point, -1, policy, model, seed)));
        if (seed > 1)
            return;

        // As long as there is an effect more to be cut off.
        foreach (int victim in (int[])[0, 1])
        {
            jobs.Add(() =>
            {
                for (int i = 0; Run(new KillCase(KillPoint.None, KillPoint.None, (2 * i) + victim, policy, model, seed)); i++)
                {
                }
            });
        }
    }

    /// <summary>Carries out one run.</summary>
    /// <returns>Was somebody cut off?</returns>
    private bool Run(KillCase each)
    {
        try
        {
            using MatrixWorld world = new(each);
            world.Run();
            _done.Add(new MatrixResult(each, world.IsGiven));
            return world.WasCut;
        }
        catch (Exception exception) when (exception is Xunit.Sdk.XunitException or InvariantException)
        {
            _failed.Add($"{CaseVariable}='{each}': {exception.Message.ReplaceLineEndings(" ")}");
            return each.Effect < 200;
        }
    }

    /// <summary>To the test's output, and to where the test run shows it.</summary>
    private void Print(MatrixTable table)
    {
        List<string> lines = [];
        table.Print(lines.Add);
        lines.ForEach(output.WriteLine);
        if (Environment.GetEnvironmentVariable(TableVariable) is { Length: > 0 } file)
            File.AppendAllLines(file, lines);
    }

    private string Failures() =>
        $"{_failed.Count} runs failed; again alone: {CaseVariable}='...' ./build.sh test {nameof(ARunIsHadAgainFromItsName)}\n"
        + string.Join('\n', _failed.Order(StringComparer.Ordinal).Take(FailuresShown));
}
