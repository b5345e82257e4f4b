namespace Engine.Cache.ModelTests;

/// <summary>What the test run prints beside that its tests passed.</summary>
internal static class Tables
{
    private static readonly Lock s_lock = new();

    public static void Write(string line)
    {
        if (Environment.GetEnvironmentVariable("ENGINE_TABLE_LOG") is not { Length: > 0 } path)
            return;
        lock (s_lock)
            File.AppendAllText(path, line + Environment.NewLine);
    }
}
