using System.Text;
using Engine.Testing;
using Engine.Testing.Namespace;
using Engine.Testing.SystemSupport;
using Xunit.Abstractions;

namespace Engine.System.Tests;

/// <summary>Real trees, imported: names and sizes are the file system's own.</summary>
public sealed class FsImportTests(ITestOutputHelper output)
{
    private const string SystemTree = "/usr";

    // Names and sizes are what is asked about here: that directories are durable one by one is asked elsewhere, and costs time.
    private const string FastPlace = "/dev/shm";
    private const long FastPlaceBytes = 2L << 30;

    // The system's tree takes long on a machine that runs other tests beside.
    private const int PatienceMs = 400_000;

    // A larger one would take the time of everything else.
    private const int NamesMax = 500_000;

    [Fact]
    public void ASmallTreeEqualsTheFileSystemsOwn()
    {
        string folder = Directory.CreateTempSubdirectory("engine-import-").FullName;
        try
        {
            string tree = Path.Combine(folder, "tree");
            MakeTree(tree);
            Compare(folder, tree);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void TheSystemsTreeEqualsTheFileSystemsOwn()
    {
        int names = CountNames(out string? unreadable);
        if (unreadable is not null || (names > NamesMax && !Nightly.IsOn))
        {
            TestSkip.Because(
                unreadable is not null ? $"{unreadable} cannot be read by this user"
                    : $"{SystemTree} has {names} names, which is part of the nightly run", output.WriteLine);
            return;
        }

        bool isFast = Directory.Exists(FastPlace) && new DriveInfo(FastPlace).AvailableFreeSpace >= FastPlaceBytes;
        string folder = Path.Combine(isFast ? FastPlace : Path.GetTempPath(), $"engine-import-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        try
        {
            Compare(folder, SystemTree);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Imports a tree under its own path, so that listings are to be equal to the byte.</summary>
    private void Compare(string folder, string tree)
    {
        string store = Path.Combine(folder, "ns");
        Engine("init", store);
        output.WriteLine(Engine("import", store, tree, "--to", tree).TrimEnd());
        // Who only looks does so beside others.
        Task<string> names = Task.Run(() => Engine("ls", store, tree, "-R"));
        Task<string> usage = Task.Run(() => Engine("du", store, tree));
        Task.WaitAll(names, usage);
        AssertSame(NamesOf(tree), names.Result);
        AssertSame(UsageOf(tree), usage.Result);
        Assert.Contains(": clean (", Engine("check", store), StringComparison.Ordinal);
    }

    /// <summary>How many names the system's tree has, and a directory in it that cannot be read, if there is one.</summary>
    private static int CountNames(out string? unreadable)
    {
        unreadable = ToolRun.Of("find", [SystemTree, "-type", "d", "!", "-readable"]).Output.Split('\n')[0];
        unreadable = unreadable.Length > 0 ? unreadable : null;
        return ToolRun.Of("find", [SystemTree, "-printf", "."]).Output.Length;
    }

    /// <summary>As the command writes names: with escapes, but blanks as they are.</summary>
    private static string NamesOf(string tree) =>
        ToolRun.Must("bash", "-c", $"LC_ALL=C.UTF-8 ls -1ARb '{tree}' | sed 's/\\\\ / /g; /:$/s/\\\\:/:/g'") + "\n";

    /// <summary>Tells the first line that differs, not the megabytes around it.</summary>
    private static void AssertSame(string expected, string actual)
    {
        string[] own = expected.TrimEnd('\n').Split('\n');
        string[] ours = actual.TrimEnd('\n').Split('\n');
        int at = own.AsSpan().CommonPrefixLength(ours);
        Assert.True(
            at == own.Length && at == ours.Length,
            $"line {at + 1}: {own.ElementAtOrDefault(at)} in the file system, {ours.ElementAtOrDefault(at)} in the namespace");
    }

    private static string UsageOf(string tree)
    {
        using var names = new KernelNamespace("/");
        using var text = new MemoryStream();
        TreeListing.WriteUsage(names, Encoding.UTF8.GetBytes(tree), text);
        // The listing names directories from where it begins; the command names them from the root.
        IEnumerable<string> lines = Encoding.UTF8.GetString(text.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split("\t.", 2)).Select(parts => $"{parts[0]}\t{tree}{parts[1]}\n");
        return string.Concat(lines);
    }

    private static string Engine(params string[] arguments)
    {
        ToolRun run = EngineCommandLine.RunFor(PatienceMs, ["fs", .. arguments]);
        Assert.True(run.Succeeded, $"fs {string.Join(' ', arguments)}: exit code {run.ExitCode}: {run.Errors}");
        return run.Output;
    }

    /// <summary>Directories of several depths and sizes, names in all alphabets, further names, links and holes.</summary>
    private static void MakeTree(string tree)
    {
        foreach (string directory in new[] { "empty", "many", "a/b/c/d/e/f", "Überall/дом/家" })
            Directory.CreateDirectory(Path.Combine(tree, directory));
        for (int index = 0; index < 1500; index++)
            File.WriteAllBytes(Path.Combine(tree, "many", $"file {index:x}.{index % 7}"), new byte[index % 97]);
        File.WriteAllText(Path.Combine(tree, "Überall/дом/家/€"), "x");
        File.WriteAllText(Path.Combine(tree, "first"), "first");
        File.WriteAllText(Path.Combine(tree, @"a/back\slash, \x2d and : too"), "");
        ToolRun.Must("ln", Path.Combine(tree, "first"), Path.Combine(tree, "a/b/further"));
        ToolRun.Must("ln", Path.Combine(tree, "first"), Path.Combine(tree, "Überall/further"));
        File.CreateSymbolicLink(Path.Combine(tree, "a/link"), "/nowhere/at all");
        ToolRun.Must("truncate", "-s", "5T", Path.Combine(tree, "a/hole"));
    }
}
