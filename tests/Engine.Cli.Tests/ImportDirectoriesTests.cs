using System.Globalization;
using Engine.Buffers;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Devices;
using Engine.Metadata;
using Engine.Stores;
using Engine.Testing.Metadata;
using Engine.Testing.SystemSupport;

namespace Engine.Cli.Tests;

/// <summary>A directory's times, mode and owner are set once everything in it was answered.</summary>
public sealed class ImportDirectoriesTests : IDisposable
{
    /// <summary>A directory of more is read in several parts.</summary>
    private const int PartEntries = 512;

    private readonly string _source = Directory.CreateTempSubdirectory("engine-import-").FullName;

    public void Dispose() => Directory.Delete(_source, recursive: true);

    [Fact]
    public void EveryDirectoryIsAsItsSource()
    {
        // Before it is read, which is an access.
        List<(string Path, HostStatus Status)> all = [.. MakeTree().Select(path => (path, StatusOf(path)))];
        using var store = new MemoryStore();
        using var loop = new RankLoop(
            new RankOptions { Incarnation = 1, ReconnectMicros = 0 }, new MemoryLog(), store, TimeProvider.System, 1);
        var client = new RankFsClient(loop, "ns", new ClientId(1));
        loop.Start();
        var import = new ImportRun(client, skipsExisting: false, static (_, _) => { }, CancellationToken.None);
        import.Run(_source, "/t"u8.ToArray());
        Assert.Empty(import.Notes);
        foreach ((string path, HostStatus status) in all)
        {
            FileStat stat = client.Call(FsTree.Ask(ClientOp.GetAttributes, FsPath.Parse("/t" + path))).Stat;
            Assert.Equal(
                (path, status.ModifiedAt, status.AccessedAt, status.Mode & 0xFFF, status.Uid, status.Gid),
                (path, stat.ModifiedAt, stat.AccessedAt, stat.Mode & 0xFFF, stat.Uid, stat.Gid));
        }
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    public void IsSetBehindTheAnswersToAllOfItsEntries_WheneverTheseCome(ulong seed, bool givesNumbers)
    {
        List<string> all = MakeTree();
        using var client = new LateClient(seed, givesNumbers);
        foreach (string path in all)
            client.Expected.Add("/t" + path, Directory.GetFileSystemEntries(_source + path).Length);
        var import = new ImportRun(client, skipsExisting: false, static (_, _) => { }, CancellationToken.None);
        import.Run(_source, "/t"u8.ToArray());
        Assert.Empty(import.Notes);
        Assert.Equal(all.Select(path => "/t" + path).Order(StringComparer.Ordinal), client.Set.Order(StringComparer.Ordinal));
        Assert.True(client.SetMeanwhile > 0, "no directory was set before all was answered");
    }

    /// <summary>Paths of all directories, the topmost one as an empty one; each has times, a mode and, where the machine lets us,
    /// an owner of its own.</summary>
    private List<string> MakeTree()
    {
        List<string> all = ["", "/large", "/large/d7", "/large/d7/empty", "/small", "/late"];
        foreach (string path in all)
            Directory.CreateDirectory(_source + path);
        for (int i = 0; i < PartEntries; i++)
        {
            string number = i.ToString(CultureInfo.InvariantCulture);
            if (i % 8 == 7 && i != 7)
                all.Add(Directory.CreateDirectory($"{_source}/large/d{number}").FullName[_source.Length..]);
            File.WriteAllBytes($"{_source}/large/f{number}", []);
            File.CreateSymbolicLink($"{_source}/large/d7/l{number}", "x");
            File.WriteAllBytes($"{_source}/large/d7/f{number}", []);
        }

        File.WriteAllBytes($"{_source}/small/file", []);
        ToolRun.Must("ln", $"{_source}/small/file", $"{_source}/late/further");
        int at = 0;
        foreach (string path in all.OrderByDescending(path => path.Length))
        {
            ToolRun.Must("chmod", "7" + Convert.ToString(at, 8).PadLeft(2, '0'), _source + path);
            if (Environment.IsPrivilegedProcess)
                ToolRun.Must("chown", string.Create(CultureInfo.InvariantCulture, $"{1000 + at}:{2000 + at}"), _source + path);
            Directory.SetLastAccessTimeUtc(_source + path, DateTime.UnixEpoch.AddDays(1000 + at));
            Directory.SetLastWriteTimeUtc(_source + path, DateTime.UnixEpoch.AddDays(2000 + at));
            at = (at + 1) % 0x40;
        }

        return all;
    }

    private HostStatus StatusOf(string path)
    {
        byte[] itself = FsPath.Join(FsPath.Parse(_source + path).Span, "."u8);
        Assert.Equal(IoError.None, HostDirectory.Open(itself, out HostDirectory? opened));
        using (opened)
        {
            Assert.Equal(IoError.None, opened!.Stat(out HostStatus status));
            return status;
        }
    }
}
