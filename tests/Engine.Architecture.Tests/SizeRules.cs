using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine.Architecture.Tests;

/// <summary>
/// Ceilings for files and methods. What is over a ceiling today stands in size-ratchet.txt as "key lines" and may only shrink:
/// the file must name exactly today's size, so that a gain is written down and cannot be spent again.
/// </summary>
internal static class SizeRules
{
    public const int FileLinesMax = 400;
    public const int MethodLinesMax = 60;
    public const int ColumnsMax = 130;

    /// <summary>Everything over its ceiling: key (path, or path::Type.Member) to lines; the largest of overloads.</summary>
    public static Dictionary<string, int> Oversized(IEnumerable<SourceFile> files)
    {
        Dictionary<string, int> found = [];
        foreach (SourceFile file in files)
        {
            if (file.Lines.Length > FileLinesMax)
            {
                found[file.Path] = file.Lines.Length;
            }

            foreach ((string name, int lines) in file.IsCSharp ? MethodsOf(file) : FunctionsOf(file))
            {
                string key = $"{file.Path}::{name}";
                if (lines > MethodLinesMax && lines > found.GetValueOrDefault(key))
                {
                    found[key] = lines;
                }
            }
        }

        return found;
    }

    public static IEnumerable<string> Violations(
        IReadOnlyDictionary<string, int> oversized, IReadOnlyDictionary<string, int> ratchet)
    {
        foreach ((string key, int lines) in oversized)
        {
            if (!ratchet.TryGetValue(key, out int allowed))
            {
                yield return $"{key}: {lines} lines; the ceiling is {(IsMethod(key) ? MethodLinesMax : FileLinesMax)}";
            }
            else if (lines > allowed)
            {
                yield return $"{key}: grew from {allowed} to {lines} lines";
            }
            else if (lines < allowed)
            {
                yield return $"{key}: shrank from {allowed} to {lines} lines; write that into the ratchet file";
            }
        }

        foreach (string key in ratchet.Keys.Where(key => !oversized.ContainsKey(key)))
        {
            yield return $"{key}: no longer over its ceiling; take it out of the ratchet file";
        }
    }

    public static Dictionary<string, int> ParseRatchet(string text) =>
        text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(' '))
            .ToDictionary(parts => parts[0], parts => int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));

    public static IEnumerable<string> LongLines(SourceFile file) =>
        file.Lines.Select((line, index) => (line, index)).Where(pair => pair.line.Length > ColumnsMax)
            .Select(pair => $"{file.Path}:{pair.index + 1}: {pair.line.Length} columns; the ceiling is {ColumnsMax}");

    private static bool IsMethod(string key) => key.Contains("::", StringComparison.Ordinal);

    private static IEnumerable<(string Name, int Lines)> MethodsOf(SourceFile file) =>
        file.Unit.DescendantNodes().Where(IsBody).Select(node => (NameOf(node), LinesOf(node)));

    private static bool IsBody(SyntaxNode node) =>
        node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax;

    private static int LinesOf(SyntaxNode node)
    {
        FileLinePositionSpan span = node.GetLocation().GetLineSpan();
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }

    private static string NameOf(SyntaxNode node)
    {
        string type = node.FirstAncestorOrSelf<BaseTypeDeclarationSyntax>()?.Identifier.Text ?? "";
        string member = node switch
        {
            MethodDeclarationSyntax method => method.Identifier.Text,
            LocalFunctionStatementSyntax local => local.Identifier.Text,
            AccessorDeclarationSyntax accessor => PropertyOf(accessor) + "." + accessor.Keyword.Text,
            ConstructorDeclarationSyntax => "constructor",
            _ => node.Kind().ToString(),
        };
        return $"{type}.{member}";
    }

    private static string PropertyOf(AccessorDeclarationSyntax accessor) =>
        accessor.FirstAncestorOrSelf<PropertyDeclarationSyntax>()?.Identifier.Text ?? "this";

    /// <summary>Functions of a C file or a script: from a line at column 0 that opens a brace to the brace at column 0.</summary>
    private static IEnumerable<(string Name, int Lines)> FunctionsOf(SourceFile file)
    {
        string[] lines = file.Lines;
        int start = -1;
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i];
            bool opens = line.EndsWith('{') && line[0] is not (' ' or '\t' or '}' or '#');
            if (opens)
            {
                start = line == "{" ? i - 1 : i;
            }
            else if (start >= 0 && line == "}")
            {
                yield return (FunctionName(lines[Math.Max(start, 0)]), i - start + 1);
                start = -1;
            }
        }
    }

    private static string FunctionName(string line) =>
        line.Split('(')[0].Split([' ', '*'], StringSplitOptions.RemoveEmptyEntries).LastOrDefault("function");
}
