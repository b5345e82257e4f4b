using System.Text;
using Engine.Buffers;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;

namespace Engine.Cli.Tests;

/// <summary>An import from a rank that knows no directory by its number.</summary>
public sealed class ImportByPathTests : IDisposable
{
    private readonly string _source = Directory.CreateTempSubdirectory("engine-import-").FullName;

    public void Dispose() => Directory.Delete(_source, recursive: true);

    [Fact]
    public void WhatIsNotFoundByNumber_IsMadeByItsPath()
    {
        Directory.CreateDirectory(Path.Combine(_source, "a/b/c"));
        File.WriteAllBytes(Path.Combine(_source, "a/b/file"), []);
        File.CreateSymbolicLink(Path.Combine(_source, "a/link"), "b");
        using var client = new ForgetfulClient();
        var import = new ImportRun(client, skipsExisting: false, static (_, _) => { }, CancellationToken.None);
        import.Run(_source, "/t"u8.ToArray());
        Assert.Empty(import.Notes);
        Assert.Equal(["/t", "/t/a", "/t/a/b", "/t/a/b/c", "/t/a/b/file", "/t/a/link"], client.Made.Order(StringComparer.Ordinal));
        Assert.Equal(["/t", "/t/a", "/t/a/b", "/t/a/b/c"], client.Changed.Order(StringComparer.Ordinal));
    }

    /// <summary>Answers at once; ESTALE to all that begins at a number.</summary>
    private sealed class ForgetfulClient : FsClient
    {
        private ulong _lastTid;
        private ulong _lastIno = 1000;

        public List<string> Made { get; } = [];

        public List<string> Changed { get; } = [];

        public override ulong NextTid() => ++_lastTid;

        public override void Submit(ClientRequest request, ReplyHandler handler, object? state = null)
        {
            IoError error = request.Base == Ino.Root ? IoError.None : IoError.Stale;
            string path = Encoding.UTF8.GetString(request.Path.Span);
            if (error.IsNone && request.Op is ClientOp.MakeDirectory or ClientOp.Create or ClientOp.SymbolicLink)
                Made.Add(path);
            if (error.IsNone && request.Op == ClientOp.SetAttributes)
                Changed.Add(path);
            FileStat stat = new() { Ino = new Ino(++_lastIno), Type = InodeType.Directory };
            handler(request, new ClientReply(request.Tid, error) { Stat = stat }, state);
        }

        public override void WaitForAll()
        {
        }

        public override void WaitForAll(TimeSpan atMost)
        {
        }

        public override void WaitUntil(Func<bool> condition) => Assert.True(condition());

        public override void Dispose()
        {
        }
    }
}
