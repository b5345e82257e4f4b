using System.Diagnostics;

namespace Engine.Testing.SystemSupport;

/// <summary>The <c>engine</c> command as its users run it: a process of its own, from the build beside the tests.</summary>
public static class EngineCommandLine
{
    /// <summary>The command's assembly.</summary>
    public static string Assembly { get; } = Path.Combine(AppContext.BaseDirectory, "engine.dll");

    /// <summary>Runs it to its end.</summary>
    public static ToolRun Run(params string[] arguments) => ToolRun.Of(Host, [Assembly, .. arguments]);

    /// <summary>Runs it to its end, which may take longer than other tools do.</summary>
    public static ToolRun RunFor(int timeoutMs, params string[] arguments) =>
        ToolRun.Of(Host, [Assembly, .. arguments], timeoutMs);

    /// <summary>Runs it to its end under another command, which gets it as its arguments.</summary>
    public static ToolRun RunUnder(string launcher, params string[] arguments) =>
        ToolRun.Of(launcher, [Host, Assembly, .. arguments]);

    /// <summary>Starts it. Its outputs are piped: they are small, or the caller reads them.</summary>
    public static Process Start(params string[] arguments) =>
        ToolRun.TryStart(Host, [Assembly, .. arguments]) ?? throw new InvalidOperationException($"{Host} does not start");

    /// <summary>What runs that: the host that runs the tests.</summary>
    public static string Host => Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet";
}
