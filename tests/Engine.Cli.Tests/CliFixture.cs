using System.Diagnostics;
using Engine.Cli;

namespace Engine.Cli.Tests;

/// <summary>A directory of its own, and the command in this process or as a process.</summary>
public class CliFixture : IDisposable
{
    private const string Nobody = "65534";

    protected CliFixture() => Root = Directory.CreateTempSubdirectory("engine-cli-").FullName;

    protected string Root { get; }

    public virtual void Dispose()
    {
        Directory.Delete(Root, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected string PathOf(string name) => Path.Combine(Root, name);

    /// <summary>Makes a volume of 16 MiB.</summary>
    protected string MakeVolume(string name = "volume")
    {
        string path = PathOf(name);
        Assert.Equal(0, Run("volume", "format", path, "--size", "16MiB").Exit);
        return path;
    }

    protected static CliResult Run(params string[] args) => Run(CancellationToken.None, args);

    protected static CliResult Run(CancellationToken cancellation, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        ExitCode exit = EngineCommand.Run(args, new CliConsole(output, error, false, false), cancellation);
        return new CliResult((int)exit, output.ToString(), error.ToString());
    }

    /// <summary>Runs engine.dll as a user does.</summary>
    protected static CliResult RunProcess(params string[] args) => RunUnder([], args);

    /// <summary>The same as a user who may read what everybody may.</summary>
    protected static CliResult RunAsNobody(params string[] args) =>
        RunUnder(["setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups"], args);

    /// <summary>The same from a shell, with its streams redirected.</summary>
    protected static CliResult RunInShell(string redirections, params string[] args) =>
        RunUnder(["sh", "-c", $"exec \"$@\" {redirections}", "sh"], args);

    private static CliResult RunUnder(string[] launcher, string[] args)
    {
        string[] words = [.. launcher, "dotnet", Path.Combine(AppContext.BaseDirectory, "engine.dll"), .. args];
        var start = new ProcessStartInfo(words[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string word in words[1..])
            start.ArgumentList.Add(word);
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CliResult(process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    /// <summary>Copies a directory with all in it.</summary>
    protected static void CopyTree(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(folder.Replace(from, to, StringComparison.Ordinal));
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, file.Replace(from, to, StringComparison.Ordinal));
    }

    /// <summary>One line on standard error, nothing on standard output, no control characters.</summary>
    protected static void ExpectRefusal(CliResult result, int exit, string says)
    {
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
        Assert.Equal(exit, result.Exit);
        Assert.StartsWith("engine: ", result.Error, StringComparison.Ordinal);
        Assert.Equal(1, result.Error.Count(c => c == '\n'));
        Assert.DoesNotContain(result.Error.TrimEnd('\n'), char.IsControl);
        Assert.Empty(result.Output);
    }
}
