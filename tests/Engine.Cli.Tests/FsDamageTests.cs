using Engine.Buffers;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;
using Engine.Testing;
using Xunit.Abstractions;

namespace Engine.Cli.Tests;

// Purpose: whatever becomes of a store's files, nothing is lost in silence: a command ends in one clear line, or it says exactly
// what the store held; twice in a row it says the same; and no damage that changes an answer is clean to the check.
public sealed class FsDamageTests(ITestOutputHelper output) : CliFixture
{
    private const int KindCount = 5;
    private const int BlockBytes = 512;

    private static readonly int s_seeds = Nightly.Count(usual: 24, nightly: 2000);

    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _used = new(StringComparer.Ordinal);
    private string[] _folders = [];

    private string Store => PathOf("ns");

    [Fact]
    public void NothingIsLostInSilence()
    {
        MakeStore();
        Fill(closes: false);
        Remember();
        CliResult truth = Run("fs", "dump", Store);
        Assert.True(truth.Exit == 0, truth.ToString());
        int refused = 0;
        int found = 0;
        for (int seed = 0; seed < s_seeds; seed++)
        {
            Restore();
            string what = $"seed {seed}: {Damage(new SeededRandom((ulong)seed))}";
            CliResult check = Run("fs", "check", Store);
            CliResult dump = Expect(what, truth, check);
            CliResult again = Expect(what, truth, check);
            Assert.True(dump.Exit == again.Exit, $"{what}: {dump} and then {again}");
            refused += dump.Exit == 0 ? 0 : 1;
            found += check.Exit == 0 ? 0 : 1;
        }

        output.WriteLine($"{s_seeds} damages: {refused} kept the namespace from being read whole, the check found {found}");
        Assert.InRange(refused, s_seeds / 10, s_seeds);
        Assert.InRange(found, refused, s_seeds);
    }

    private CliResult Expect(string what, CliResult truth, CliResult check)
    {
        CliResult dump = Run("fs", "dump", Store);
        foreach (CliResult result in new[] { check, dump })
        {
            Assert.True(result.Exit is 0 or 1 or 3, $"{what}: {result}");
            // A slow machine's check tells how far it is.
            string[] lines = [.. result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(IsNoProgress)];
            Assert.True(lines.Length <= 1, $"{what}: {result}");
            Assert.True(lines.Length == 0 || lines[0].StartsWith("engine: ", StringComparison.Ordinal), $"{what}: {result}");
        }

        Assert.True(dump.Exit == 0 || dump.Error.Length > 0, $"{what}: {dump}");
        Assert.True(dump.Exit != 0 || dump.Output == truth.Output, $"{what}: {dump}");
        Assert.True(check.Exit != 0 || dump.Exit == 0, $"{what}: the check found nothing, but {dump}");
        return dump;
    }

    private static bool IsNoProgress(string line) =>
        !line.StartsWith("check: ", StringComparison.Ordinal) || !line.EndsWith(" directories", StringComparison.Ordinal);

    private void MakeStore()
    {
        Assert.Equal(0, Run("fs", "init", Store).Exit);
        Fill(closes: true);
    }

    /// <summary>Directories, files, links and attributes; left in the journal alone where the rank is not ended in
    /// order.</summary>
    private void Fill(bool closes)
    {
        using FsSession session = FsSession.Open(Store);
        session.Client.WaitUntilActive();
        string top = closes ? "/first" : "/second";
        List<ClientRequest> requests = [];
        for (int directory = 0; directory < 4; directory++)
        {
            requests.Add(FsTree.Ask(ClientOp.MakeDirectory, FsPath.Parse($"{top}{directory}")));
            for (int file = 0; file < 20; file++)
                requests.Add(FsTree.Ask(ClientOp.Create, FsPath.Parse($"{top}{directory}/file{file}")));
            requests.Add(FsTree.Ask(ClientOp.Link, FsPath.Parse($"{top}{directory}/file1")) with
            {
                Path2 = FsPath.Parse($"{top}{directory}/further"),
            });
            requests.Add(FsTree.Ask(ClientOp.SymbolicLink, FsPath.Parse($"{top}{directory}/link")) with
            {
                Value = "/"u8.ToArray(),
            });
            requests.Add(FsTree.Ask(ClientOp.SetXattr, FsPath.Parse($"{top}{directory}/file2")) with
            {
                XattrName = "user.colour", Value = new byte[5000],
            });
        }

        foreach (ClientReply reply in session.Client.CallAll(requests))
            Assert.True(reply.Error.IsNone, reply.Error.Name);
        if (closes)
            session.Close();
    }

    private void Remember()
    {
        _folders = [.. Directory.EnumerateDirectories(Store, "*", SearchOption.AllDirectories)];
        foreach (string file in Directory.EnumerateFiles(Store, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            byte[] bytes = File.ReadAllBytes(file);
            _files.Add(file, bytes);
            _used.Add(file, bytes.AsSpan().TrimEnd((byte)0).Length);
        }
    }

    private void Restore()
    {
        Directory.Delete(Store, recursive: true);
        foreach (string folder in _folders)
            Directory.CreateDirectory(folder);
        foreach ((string file, byte[] bytes) in _files)
            File.WriteAllBytes(file, bytes);
    }

    /// <summary>Spoils one file, in what is used of it; says what was done.</summary>
    private string Damage(SeededRandom random)
    {
        string file = _files.Keys.ElementAt(random.NextInt(_files.Count));
        byte[] bytes = [.. _files[file]];
        int used = Math.Max(1, _used[file]);
        int at = random.NextInt(used);
        string name = Path.GetRelativePath(Store, file);
        switch (random.NextInt(KindCount))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.NextInt(8));
                File.WriteAllBytes(file, bytes);
                return $"a bit at {at} of {name}";
            case 1:
                File.WriteAllBytes(file, bytes[..at]);
                return $"{name} ends at {at}";
            case 2:
                Span<byte> block = bytes.AsSpan(at / BlockBytes * BlockBytes);
                block[..Math.Min(BlockBytes, block.Length)].Clear();
                File.WriteAllBytes(file, bytes);
                return $"a block of zeros at {at / BlockBytes * BlockBytes} of {name}";
            case 3:
                random.NextBytes(bytes.AsSpan(at, Math.Min(BlockBytes, bytes.Length - at)));
                File.WriteAllBytes(file, bytes);
                return $"noise at {at} of {name}";
            default:
                File.Delete(file);
                return $"{name} is gone";
        }
    }
}
