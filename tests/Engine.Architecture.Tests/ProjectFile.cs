using System.Xml.Linq;

namespace Engine.Architecture.Tests;

/// <summary>What the rules need to know of one project file.</summary>
internal sealed record ProjectFile(
    string Path,
    IReadOnlyList<string> References,
    IReadOnlyList<string> Friends,
    IReadOnlyList<string> InlineVersions,
    bool IsExe)
{
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public bool IsUnder(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);

    public static ProjectFile Parse(SourceFile file)
    {
        XDocument document = XDocument.Parse(file.Text);
        return new ProjectFile(
            file.Path,
            [.. Includes(document, "ProjectReference").Select(NameOfReference)],
            [.. Includes(document, "InternalsVisibleTo")],
            [.. document.Descendants("PackageReference").Where(HasVersion)
                .Select(package => package.Attribute("Include")!.Value)],
            document.Descendants("OutputType").Any(element => element.Value == "Exe"));
    }

    private static IEnumerable<string> Includes(XDocument document, string item) =>
        document.Descendants(item).Select(element => (string?)element.Attribute("Include")).OfType<string>();

    private static string NameOfReference(string include) =>
        System.IO.Path.GetFileNameWithoutExtension(include.Replace('\\', '/'));

    private static bool HasVersion(XElement element) =>
        element.Attribute("Version") is not null || element.Attribute("VersionOverride") is not null;
}
