namespace Engine.Testing.SystemSupport;

/// <summary>Finds the recorded block trace, which is not part of the repository.</summary>
public static class RecordedTrace
{
    private const string Variable = "ENGINE_TRACE";
    private static readonly string s_sibling = Path.Combine("shared", "data", "cloudPhysicsIO.csv.gz");

    /// <summary>The file that the environment variable ENGINE_TRACE names, or shared/data/cloudPhysicsIO.csv.gz beside the
    /// repository or beside a folder above it; null when there is none.</summary>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return File.Exists(named) ? named : null;
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, s_sibling);
            if (File.Exists(candidate))
                return candidate;
        }

        return null;
    }
}
