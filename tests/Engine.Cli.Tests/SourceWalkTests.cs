using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Cli.Namespaces;
using Engine.Devices;

namespace Engine.Cli.Tests;

/// <summary>Directories that are read ahead of an import.</summary>
public sealed class SourceWalkTests : IDisposable
{
    /// <summary>More than one part has, and more than may wait.</summary>
    private const int Files = 5000;

    private readonly string _source = Directory.CreateTempSubdirectory("engine-walk-").FullName;

    public void Dispose() => Directory.Delete(_source, recursive: true);

    [Fact]
    public void ALargeDirectory_ComesInParts_EachEntryOnce()
    {
        MakeFiles();
        Directory.CreateDirectory(Path.Combine(_source, "empty"));
        File.CreateSymbolicLink(Path.Combine(_source, "link"), "f1");
        using var walk = new SourceWalk();
        ImportDirectory top = Of("");
        ImportDirectory empty = Of("empty");
        walk.Ask(top);
        walk.Ask(empty);
        Dictionary<string, SourceEntry> entries = [];
        int lasts = 0;
        while (walk.TryTake(out SourcePart? part))
        {
            Assert.Equal((IoError.None, IoError.None), (part!.OpenError, part.ReadError));
            foreach (SourceEntry entry in part.Entries)
                entries.Add(Encoding.UTF8.GetString(entry.Name), entry);
            lasts += part.IsLast ? 1 : 0;
            Assert.True(part.Directory == top || part.Entries.Count == 0);
        }

        Assert.Equal((Files + 2, 2), (entries.Count, lasts));
        Assert.Equal("f1"u8.ToArray(), entries["link"].Target);
        Assert.Equal(17, entries["f17"].Status.Size);
        Assert.All(entries.Values, entry => Assert.Equal(IoError.None, entry.Error));
        Assert.False(walk.TryTake(out _));
    }

    [Fact]
    public void ADirectoryThatIsNotThere_IsToldOf()
    {
        using var walk = new SourceWalk();
        walk.Ask(Of("missing"));
        Assert.True(walk.TryTake(out SourcePart? part));
        Assert.Equal((IoError.NoEntry, true, 0), (part!.OpenError, part.IsLast, part.Entries.Count));
        Assert.False(walk.TryTake(out _));
    }

    [Fact]
    public void AWalkThatNobodyTakesFrom_Ends()
    {
        MakeFiles();
        var walk = new SourceWalk();
        for (int i = 0; i < 8; i++)
            walk.Ask(Of(""));
        Assert.True(walk.TryTake(out _));
        walk.Dispose();
        walk.Dispose();
    }

    [Fact]
    public void EmptyDirectoriesAreReadAheadUpToALimit()
    {
        const int Directories = 4 * SourceWalk.PartsMax;
        HashSet<Thread> threads = [];
        int opened = 0;
        IoError Open(byte[] path, out HostDirectory? directory)
        {
            lock (threads)
                threads.Add(Thread.CurrentThread);
            Interlocked.Increment(ref opened);
            return HostDirectory.Open(path, out directory);
        }

        bool AllWait()
        {
            lock (threads)
                return threads.All(thread => (thread.ThreadState & ThreadState.WaitSleepJoin) != 0);
        }

        using var walk = new SourceWalk(Open);
        for (int i = 0; i < Directories; i++)
            walk.Ask(Of(""));
        while (Volatile.Read(ref opened) < SourceWalk.PartsMax || !AllWait())
            Thread.Yield();
        Assert.InRange(opened, SourceWalk.PartsMax, SourceWalk.PartsMax + threads.Count);
        int taken = 0;
        while (walk.TryTake(out SourcePart? part))
            taken += part!.IsLast ? 1 : 0;
        Assert.Equal((Directories, Directories), (taken, opened));
    }

    private ImportDirectory Of(string name) => new(null, Encoding.UTF8.GetBytes(Path.Combine(_source, name)), [], default);

    private void MakeFiles()
    {
        for (int i = 0; i < Files; i++)
            File.WriteAllBytes(Path.Combine(_source, string.Create(CultureInfo.InvariantCulture, $"f{i}")), new byte[i % 100]);
    }
}
