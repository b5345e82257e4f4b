namespace Engine.Testing;

/// <summary>Whether the environment variable ENGINE_NIGHTLY asks for long runs, as <c>build.sh test --nightly</c> does: tests
/// that draw cases from seeds then draw many more.</summary>
public static class Nightly
{
    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("ENGINE_NIGHTLY") == "1";

    /// <summary>How many cases to run: <paramref name="usual"/>, or <paramref name="nightly"/> when long runs are asked
    /// for.</summary>
    public static int Count(int usual, int nightly) => IsOn ? nightly : usual;
}
