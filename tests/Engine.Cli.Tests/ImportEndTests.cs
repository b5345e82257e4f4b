using System.Text;
using Engine.Buffers;
using Engine.Cli.Namespaces;
using Engine.Devices;

namespace Engine.Cli.Tests;

/// <summary>An import that is ended, or cannot go on, while its source is read.</summary>
public sealed class ImportEndTests : IDisposable
{
    private const int Depth = 12;
    private const int EndsAt = 5;

    private readonly string _source = Directory.CreateTempSubdirectory("engine-import-").FullName;
    private readonly List<string> _opened = [];
    private readonly List<Thread> _threads = [];

    public ImportEndTests() =>
        Directory.CreateDirectory(Path.Combine([_source, .. Enumerable.Repeat("d", Depth)]));

    public void Dispose() => Directory.Delete(_source, recursive: true);

    [Fact]
    public void OneThatIsCancelledAsksForNothingMore()
    {
        using var ended = new CancellationTokenSource();
        using var client = new LateClient(1, givesNumbers: true);
        ImportRun import = Begin(client, ended.Cancel, ended.Token);
        Assert.Throws<OperationCanceledException>(() => import.Run(_source, "/t"u8.ToArray()));
        ExpectEnded();
        client.WaitForAll();
        Assert.StartsWith($"imported {EndsAt - 1} inodes (0 files, {EndsAt - 1} directories, ", import.Summary(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void AFaultOnAThreadOfTheWalkComesOutOfIt()
    {
        using var client = new LateClient(1, givesNumbers: true);
        ImportRun import = Begin(client, () => throw new InvalidDataException("a bug"), CancellationToken.None);
        Assert.Equal("a bug", Assert.Throws<InvalidDataException>(() => import.Run(_source, "/t"u8.ToArray())).Message);
        ExpectEnded();
        client.WaitForAll();
    }

    /// <summary>A directory is opened only once the one above it was taken: what happens there, does so in the midst of the
    /// walk.</summary>
    private ImportRun Begin(LateClient client, Action happens, CancellationToken cancellation)
    {
        string below = "/t";
        for (int depth = 0; depth <= Depth; depth++, below += "/d")
            client.Expected.Add(below, depth < Depth ? 1 : 0);
        IoError Open(byte[] path, out HostDirectory? directory)
        {
            lock (_opened)
            {
                _opened.Add(Encoding.UTF8.GetString(path));
                _threads.Add(Thread.CurrentThread);
                if (_opened.Count == EndsAt)
                    happens();
            }

            return HostDirectory.Open(path, out directory);
        }

        return new ImportRun(client, skipsExisting: false, static (_, _) => { }, cancellation)
        {
            BeginWalk = () => new SourceWalk(Open),
        };
    }

    private void ExpectEnded()
    {
        Assert.Equal(EndsAt, _opened.Count);
        Assert.All(_threads, thread => Assert.False(thread.IsAlive));
    }
}
