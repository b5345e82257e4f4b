using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;

namespace Engine.Bench.Micro;

/// <summary>Figures of single parts: <c>./build.sh bench micro [--filter '*Crc32C*']</c>.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        // Without a filter BenchmarkDotNet asks; a build script has nobody to answer.
        string[] all = args.Length == 0 ? ["--filter", "*"] : args;
        IConfig config = DefaultConfig.Instance
            .WithArtifactsPath(Path.Combine(Directory.GetCurrentDirectory(), "artifacts", "bench-micro"))
            .WithOptions(ConfigOptions.JoinSummary);
        return BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(all, config).Any() ? 0 : 1;
    }
}
