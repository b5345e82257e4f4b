namespace Engine.Cli.Tests;

// Directories whose own name or object is lost.
public sealed partial class FsRepairTests
{
    [Fact]
    public void ADamagedDirectoryThatCannotBePutAside_IsSaid_AndTheRepairIsEndedByAnother()
    {
        Fs("mkdir", "/d", "/e");
        Fs("create", "/d/f");
        Fs("ls");
        Fs("ls");
        string[] damaged = [ObjectOf("/d"), ObjectOf("/e")];
        foreach (string path in damaged)
            File.WriteAllBytes(path, [1, 2, 3]);
        string folder = Path.Combine(Store, "damaged");
        File.WriteAllText(folder, "in its way");
        CliResult repair = Run("fs", "check", Store, "--repair");
        Assert.Equal(3, repair.Exit);
        Assert.Contains("/d: its object was damaged;", repair.Output, StringComparison.Ordinal);
        Assert.EndsWith($"; mend that, then: engine fs check {Store} --repair\n", repair.Error, StringComparison.Ordinal);
        Assert.All(damaged, path => Assert.True(File.Exists(path)));

        // One was put aside, then the process ended.
        File.Delete(folder);
        Directory.CreateDirectory(folder);
        string name = Path.GetFileName(damaged[0]);
        File.Move(damaged[0], Path.Combine(folder, name));
        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.True(cut.Exit == 1, cut.ToString());
        Assert.Contains(
            $"put aside by a repair before this one: {Path.Combine(folder, name)}\n", cut.Output, StringComparison.Ordinal);
        name = Path.GetFileName(damaged[1]);
        Assert.Contains(
            $"object {name}: its bytes are kept in {Path.Combine(folder, name)}\n", cut.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void WhereThatNameIsAFiles_WhatIsFoundGoesIntoThatWhichIsTold()
    {
        Fs("create", "/lost+found");
        Fs("mkdir", "/a", "/a/below");
        Fs("create", "/a/below/kept");
        string ino = Ino("/a/below");
        File.Delete(ObjectOf("/a"));
        CliResult repair = Run("fs", "check", Store, "--repair");
        Assert.Contains($"what is in it is kept: /lost+found_/{ino}\n", repair.Output, StringComparison.Ordinal);
        Assert.Equal("kept\n", Fs("ls", $"/lost+found_/{ino}"));
        Assert.Contains("type      file\n", Fs("stat", "/lost+found"), StringComparison.Ordinal);
    }

    [Fact]
    public void ADirectoryWhoseNameIsLostIsFoundAgain()
    {
        Fs("mkdir", "/a");
        Fs("mkdir", "/a/below");
        Fs("create", "/a/below/kept", "/a/below/kept too");
        Fs("mkdir", "/gone");
        string ino = Ino("/a/below");
        File.Delete(ObjectOf("/a"));
        CliResult check = Run("fs", "check", Store);
        Assert.Equal(1, check.Exit);
        Assert.DoesNotContain("nothing is lost", check.Output, StringComparison.Ordinal);
        Assert.Contains("kept, kept too", check.Output, StringComparison.Ordinal);
        Assert.Contains($"engine fs check {Store} --repair", check.Output, StringComparison.Ordinal);
        CliResult repair = Run("fs", "check", Store, "--repair");
        Assert.True(repair.Exit == 1, repair.ToString());
        Assert.Contains("/a: it has no object; it is empty now; lost: the names of 0 files and 1 directories", repair.Output,
            StringComparison.Ordinal);
        Assert.Contains($"directory {ino}: its name is lost; what is in it is kept: /lost+found/{ino}", repair.Output,
            StringComparison.Ordinal);
        Assert.Equal("kept\nkept too\n", Fs("ls", $"/lost+found/{ino}"));
        Fs("mv", $"/lost+found/{ino}", "/a/below");
        Fs("rm", "-r", "/lost+found");
        Assert.Contains(": clean (", Run("fs", "check", Store).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ADamagedDirectoryIsPutAside()
    {
        Fs("mkdir", "/src", "/src/d", "/src/d/sub");
        Fs("create", "/src/d/one", "/src/d/twice", "/src/d/sub/kept");
        Fs("ln", "/src/d/twice", "/src/d/too");
        Fs("ls");
        Fs("ls");
        string twice = Ino("/src/d/twice");
        string below = Ino("/src/d/sub");
        string damaged = ObjectOf("/src/d");
        string name = Path.GetFileName(damaged);
        byte[] bytes = File.ReadAllBytes(damaged);
        bytes[100] ^= 0xFF;
        File.WriteAllBytes(damaged, bytes);
        CliResult check = Run("fs", "check", Store);
        Assert.Equal(1, check.Exit);
        Assert.Contains($"engine fs check {Store} --repair", check.Output, StringComparison.Ordinal);

        CliResult repair = Run("fs", "check", Store, "--repair");
        Assert.True(repair.Exit == 1, repair.ToString());
        string aside = Path.Combine(Store, "damaged", name);
        string[] said =
        [
            "/src/d: its object was damaged; it is empty now; "
                + "lost: the names of 3 files and 1 directories in it, as last counted",
            $"object {name}: its bytes are kept in {aside}",
            $"directory {below}: its name is lost; what is in it is kept: /lost+found/{below}",
            $"file {twice}: all of its names are lost; it is kept: /lost+found/{twice}",
        ];
        Assert.All(said, line => Assert.Contains(line + "\n", repair.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("put right by:", repair.Output, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(aside));
        Assert.Equal("kept\n", Fs("ls", $"/lost+found/{below}"));
        Assert.Contains("links     1", Fs("stat", $"/lost+found/{twice}"), StringComparison.Ordinal);
        Fs("rm", "-r", "/src");
        Assert.Contains(": clean (", Run("fs", "check", Store).Output, StringComparison.Ordinal);
    }
}
