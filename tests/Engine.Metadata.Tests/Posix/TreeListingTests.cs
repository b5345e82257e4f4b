using System.Globalization;
using System.Text;
using Engine.Testing;
using Engine.Testing.Namespace;
using Engine.Testing.SystemSupport;
using Xunit.Abstractions;

namespace Engine.Metadata.Tests.Posix;

/// <summary>The walker's texts against the system's own commands, and of two namespaces against each other.</summary>
public sealed class TreeListingTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("engine-listing-").FullName;

    [Fact]
    public void NamesAreWhatLsWrites()
    {
        if (Skips(nameof(NamesAreWhatLsWrites)))
            return;
        Fill();
        using var names = new KernelNamespace(_folder);
        ToolRun.Must("sh", "-c", $"cd {_folder} && LC_ALL=C ls -1AR >{_folder}.txt");
        byte[] expected = File.ReadAllBytes(_folder + ".txt");
        File.Delete(_folder + ".txt");
        Assert.Equal(expected, NamesOf(names, "/"));
    }

    [Fact]
    public void UsageIsWhatDuCountsWithoutTheDirectoriesThemselves()
    {
        if (Skips(nameof(UsageIsWhatDuCountsWithoutTheDirectoriesThemselves)))
            return;
        Fill();
        using var names = new KernelNamespace(_folder);
        using var text = new MemoryStream();
        DiskUsage usage = TreeListing.WriteUsage(names, "/"u8.ToArray(), text);
        long counted = Number(ToolRun.Must("du", "-sb", _folder).Split('\t')[0]);
        long directories = ToolRun.Must("find", _folder, "-type", "d", "-printf", "%s\n").Split('\n').Sum(Number);
        Assert.Equal(counted - directories, usage.Bytes);
        Assert.Equal((5, 5, 6), (usage.Directories, usage.Files, usage.Names));
        Assert.Equal("300\t./a/b\n304\t./a\n0\t./a-\n7\t./é\n1311\t.\n", Encoding.UTF8.GetString(text.ToArray()));
    }

    [Fact]
    public void ATreeInAnotherPlaceHasTheSameTexts()
    {
        if (Skips(nameof(ATreeInAnotherPlaceHasTheSameTexts)))
            return;
        Fill();
        using var here = new KernelNamespace(_folder);
        using var above = new KernelNamespace(Path.GetDirectoryName(_folder)!);
        string start = "/" + Path.GetFileName(_folder);
        Assert.Equal(NamesOf(here, "/"), NamesOf(above, start));
        Assert.Equal(UsageOf(here, "/"), UsageOf(above, start));
    }

    [Fact]
    public void AFolderThatWasNotGivenForItIsNotEmptied()
    {
        if (Skips(nameof(AFolderThatWasNotGivenForItIsNotEmptied)))
            return;
        Fill();
        using var names = new KernelNamespace(_folder);
        Assert.Throws<Buffers.InvariantException>(names.Reset);
        Assert.True(File.Exists(Path.Combine(_folder, "f")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static byte[] NamesOf(INamespace names, string start)
    {
        using var stream = new MemoryStream();
        TreeListing.WriteNames(names, Encoding.UTF8.GetBytes(start), stream);
        return stream.ToArray();
    }

    private static byte[] UsageOf(INamespace names, string start)
    {
        using var stream = new MemoryStream();
        TreeListing.WriteUsage(names, Encoding.UTF8.GetBytes(start), stream);
        return stream.ToArray();
    }

    private bool Skips(string test)
    {
        if (KernelNamespace.Unavailable is not { } reason)
            return false;
        TestSkip.Because(reason, output.WriteLine, test);
        return true;
    }

    private void Fill()
    {
        foreach (string folder in new[] { "a/b", "a-", "é" })
            Directory.CreateDirectory(Path.Combine(_folder, folder));
        Write("f", 1000);
        Write("a/b/g", 300);
        Write("é/.hidden", 7);
        Write("A", 0);
        File.CreateSymbolicLink(Path.Combine(_folder, "a/link"), "none");
        ToolRun.Must("ln", Path.Combine(_folder, "a/b/g"), Path.Combine(_folder, "z"));
    }

    private void Write(string name, int length) => File.WriteAllBytes(Path.Combine(_folder, name), new byte[length]);
}
