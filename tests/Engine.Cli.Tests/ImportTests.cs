using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Engine.Buffers;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;
using Engine.Stores;
using Engine.Testing.Metadata;

namespace Engine.Cli.Tests;

/// <summary>Imports into a rank of the same process.</summary>
public sealed class ImportTests : IDisposable
{
    private const int Directories = 12;
    private const int FilesEach = 150;

    private readonly string _source = Directory.CreateTempSubdirectory("engine-import-").FullName;

    public void Dispose() => Directory.Delete(_source, recursive: true);

    [Fact]
    public void ATreeLargerThanTheCache_IsImportedWhole()
    {
        DateTime then = new(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        MakeTree(then);
        using var store = new MemoryStore();
        RankOptions options = new()
        {
            Incarnation = 1, CacheBytesMax = 1 << 20, SegmentEventsMax = 16, SegmentsMax = 1, ReconnectMicros = 0,
        };
        using var loop = new RankLoop(options, new MemoryLog(), store, TimeProvider.System, 1);
        var client = new RankFsClient(loop, "ns", new ClientId(1));
        loop.Start();
        List<(string Line, double Seconds)> progress = [];
        var import = new ImportRun(
            client, skipsExisting: false, (line, seconds) => progress.Add((line, seconds)), CancellationToken.None);
        import.Run(_source, "/t"u8.ToArray());
        ExpectProgress(progress);
        Assert.Empty(import.Notes);
        Assert.True(import.IsComplete);

        // What directories count goes up as they are written back.
        (long, long) expected = (Directories * FilesEach, 2L * Directories);
        (long, long) counted = default;
        for (int asked = 0; counted != expected && asked < 100_000; asked++)
        {
            FileStat all = client.Call(FsTree.Ask(ClientOp.GetAttributes, "/t"u8.ToArray())).Stat;
            counted = (all.RecursiveFiles, all.RecursiveDirectories);
        }

        Assert.Equal(expected, counted);
        FileStat first = client.Call(FsTree.Ask(ClientOp.GetAttributes, "/t/d0"u8.ToArray())).Stat;
        Assert.Equal((then - DateTime.UnixEpoch).Ticks * 100, first.ModifiedAt);
    }

    [Fact]
    public void DirectoriesInWhichFurtherNamesAreMade_KeepTheirTimes()
    {
        DateTime then = new(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        foreach (string name in new[] { "a", "b" })
            Directory.CreateDirectory(Path.Combine(_source, name));
        string first = Path.Combine(_source, "a", "x");
        File.WriteAllBytes(first, []);
        foreach (string further in new[] { "a/y", "b/x" })
        {
            using Process link = Process.Start("ln", [first, Path.Combine(_source, further)]);
            link.WaitForExit();
            Assert.Equal(0, link.ExitCode);
        }

        foreach (string name in new[] { "a", "b" })
            Directory.SetLastWriteTimeUtc(Path.Combine(_source, name), then);
        using var store = new MemoryStore();
        using var loop = new RankLoop(
            new RankOptions { Incarnation = 1, ReconnectMicros = 0 }, new MemoryLog(), store, TimeProvider.System, 1);
        var client = new RankFsClient(loop, "ns", new ClientId(1));
        loop.Start();
        var import = new ImportRun(client, skipsExisting: false, static (_, _) => { }, CancellationToken.None);
        import.Run(_source, "/t"u8.ToArray());
        Assert.True(import.IsComplete);
        foreach (string path in new[] { "/t/a", "/t/b" })
        {
            FileStat stat = client.Call(FsTree.Ask(ClientOp.GetAttributes, FsPath.Parse(path))).Stat;
            Assert.Equal((then - DateTime.UnixEpoch).Ticks * 100, stat.ModifiedAt);
        }
    }

    /// <summary>A line every 512 names, with what had been made by then.</summary>
    private static void ExpectProgress(List<(string Line, double Seconds)> progress)
    {
        Assert.Equal(Directories * (FilesEach + 2) / 512, progress.Count);
        (long made, double seconds) = (0, 0);
        foreach ((string line, double at) in progress)
        {
            Match said = Regex.Match(line, @"^import: (\d+) inodes, (\d+) inodes/s$");
            Assert.True(said.Success, line);
            long inodes = long.Parse(said.Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.InRange(inodes, made, Directories * (FilesEach + 2));
            double rate = double.Parse(said.Groups[2].Value, CultureInfo.InvariantCulture);
            Assert.InRange(rate, (inodes / at) - 1, (inodes / at) + 1);
            Assert.True(at > seconds, $"{at} after {seconds}");
            (made, seconds) = (inodes, at);
        }

        Assert.True(made > 0, "the last line tells of nothing");
    }

    private void MakeTree(DateTime then)
    {
        for (int i = 0; i < Directories; i++)
        {
            string directory = Path.Combine(_source, string.Create(CultureInfo.InvariantCulture, $"d{i}"));
            Directory.CreateDirectory(Path.Combine(directory, "below"));
            for (int file = 0; file < FilesEach; file++)
                File.WriteAllBytes(Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"below/f{file}")), []);
            Directory.SetLastWriteTimeUtc(directory, then);
        }
    }
}
