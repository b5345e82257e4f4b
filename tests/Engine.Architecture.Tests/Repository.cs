namespace Engine.Architecture.Tests;

/// <summary>The checkout that the tests were built from, read once.</summary>
internal static class Repository
{
    private const int TextBytesMax = 1 << 20;

    private static readonly string[] s_generatedFolders =
        ["bin", "obj", "artifacts", ".git", ".vs", "TestResults", "BenchmarkDotNet.Artifacts"];

    private static readonly string s_root = FindRoot();

    private static readonly Lazy<SourceFile[]> s_text = new(() => [.. Walk(s_root).Select(Load).OfType<SourceFile>()]);

    public static string Root => s_root;

    /// <summary>Every text file that is not generated.</summary>
    public static IReadOnlyList<SourceFile> Text => s_text.Value;

    public static IReadOnlyList<SourceFile> CSharp { get; } = [.. Text.Where(file => file.IsCSharp)];

    public static IReadOnlyList<SourceFile> Sources { get; } = [.. CSharp.Where(file => file.IsUnder("src"))];

    public static IReadOnlyList<ProjectFile> Projects { get; } =
        [.. Text.Where(file => file.Path.EndsWith(".csproj", StringComparison.Ordinal)).Select(ProjectFile.Parse)];

    public static SourceFile Get(string path) => Text.Single(file => file.Path == path);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Engine.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("no Engine.sln above " + AppContext.BaseDirectory);
    }

    private static IEnumerable<string> Walk(string folder)
    {
        IEnumerable<string> here = Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal);
        IEnumerable<string> below = Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
            .Where(child => !s_generatedFolders.Contains(Path.GetFileName(child)))
            .SelectMany(Walk);
        return here.Where(file => Path.GetFileName(file) != ".git").Concat(below);
    }

    private static SourceFile? Load(string file)
    {
        if (new FileInfo(file).Length > TextBytesMax)
        {
            return null;
        }

        string text = File.ReadAllText(file).Replace("\r\n", "\n", StringComparison.Ordinal);
        bool isBinary = text.Contains('\0', StringComparison.Ordinal);
        return isBinary ? null : new SourceFile(Path.GetRelativePath(Root, file), text);
    }
}
