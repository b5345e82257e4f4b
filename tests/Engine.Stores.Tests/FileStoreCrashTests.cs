using Engine.Buffers;
using Engine.Objects;
using Engine.Testing.Objects;
using Xunit.Abstractions;

namespace Engine.Stores.Tests;

public sealed class FileStoreCrashTests(ITestOutputHelper output)
{
    private const int Objects = 8;
    private const string Absent = "absent";

    [Fact]
    public void EveryCrashLeavesEachObjectWholeAndAcknowledgedOnesThere()
    {
        int states = Enumerable.Range(1, 10).Sum(seed => Run((ulong)seed, "none"));
        string line = $"file store crash states: {states}";
        output.WriteLine(line);
        Console.WriteLine(line);
        Assert.True(states >= 20_000, line);
    }

    [Theory]
    [InlineData(FileCrash.NoSync)]
    [InlineData(FileCrash.NoDirectorySync)]
    public void TheCheckFindsAMutant(string mutant)
    {
        InvalidOperationException found = Assert.Throws<InvalidOperationException>(() => Run(1, mutant));
        output.WriteLine(found.Message);
    }

    /// <summary>Replaces and removes objects, several at a time, and looks at every crash; returns the states.</summary>
    private static int Run(ulong seed, string mutant)
    {
        using var folder = new TemporaryFolder();
        string place = Path.Combine(folder.Path, "store");
        FileStore.Format(place);
        var crash = new FileCrash(mutant);
        var versions = Enumerable.Range(0, Objects).Select(_ => new List<Version> { new(Absent, -1, -1) }).ToArray();
        var random = new SeededRandom(seed);
        using (FileStore store = FileStore.Open(place, new FileStoreOptions { Threads = 3 }, crash))
        {
            using var harness = new ObjectHarness(store);
            for (int round = 0; round < 60; round++)
                Round(harness, store, crash, versions, random);
        }

        int states = 0;
        for (int point = 0; point <= crash.EventCount; point++)
            states += crash.ForEachState(point, random, state => Check(point, state, versions));
        return states;
    }

    private static void Round(
        ObjectHarness harness, FileStore store, FileCrash crash, List<Version>[] versions, SeededRandom random)
    {
        var running = new List<(int Number, Submission Submission, BufferList? List)>();
        for (int number = 0; number < Objects; number++)
        {
            if (random.NextInt(3) == 0)
                continue;
            bool removes = versions[number][^1].Content != Absent && random.NextInt(5) == 0;
            byte[] bytes = new byte[random.NextInt(1, 40)];
            random.NextBytes(bytes);
            versions[number].Add(new Version(removes ? Absent : Convert.ToHexString(bytes), crash.Note(), int.MaxValue));
            ObjectTarget target = ObjectHarness.Target($"o{number}");
            if (removes)
            {
                Submission submission = harness.Log.Begin();
                store.Remove(target, submission);
                running.Add((number, submission, null));
            }
            else
            {
                (Submission submission, BufferList list) = harness.BeginReplace(target, bytes);
                running.Add((number, submission, list));
            }
        }

        foreach ((int number, Submission submission, BufferList? list) in running)
        {
            Assert.Equal(IoError.None, harness.Log.Wait(submission).Error);
            list?.Dispose();
            versions[number][^1] = versions[number][^1] with { Acknowledged = crash.Note() };
        }
    }

    private static void Check(int point, Dictionary<string, string> state, List<Version>[] versions)
    {
        for (int number = 0; number < Objects; number++)
        {
            string content = state.GetValueOrDefault($"o{number}", Absent);
            int promised = versions[number].FindLastIndex(version => version.Acknowledged < point);
            IEnumerable<Version> allowed = versions[number].Skip(promised).Where(version => version.Submitted < point);
            bool isLegal = allowed.Any(version => version.Content == content);
            if (!isLegal)
                throw new InvalidOperationException($"crash at {point}: object {number} is {content}");
        }
    }

    private readonly record struct Version(string Content, int Submitted, int Acknowledged);
}
