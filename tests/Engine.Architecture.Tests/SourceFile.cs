using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine.Architecture.Tests;

/// <summary>One text file: its path relative to the root of the checkout, with forward slashes, and its content.</summary>
internal sealed class SourceFile(string path, string text)
{
    private CompilationUnitSyntax? _unit;

    public string Path { get; } = path;

    public string Text { get; } = text;

    public string Name => System.IO.Path.GetFileName(Path);

    public bool IsCSharp => Path.EndsWith(".cs", StringComparison.Ordinal);

    public bool IsC => Path.EndsWith(".c", StringComparison.Ordinal) || Path.EndsWith(".h", StringComparison.Ordinal);

    public bool IsShell => Path.EndsWith(".sh", StringComparison.Ordinal) || Path == ".ci/run";

    /// <summary>Lines without their ends; a final newline does not open another line.</summary>
    public string[] Lines => Text.TrimEnd('\n').Split('\n');

    public CompilationUnitSyntax Unit => _unit ??= CSharpSyntaxTree
        .ParseText(Text, CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview))
        .GetCompilationUnitRoot();

    public bool IsUnder(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);

    /// <summary>The place of a node as "path:line".</summary>
    public string At(Microsoft.CodeAnalysis.SyntaxNode node) => $"{Path}:{LineOf(node)}";

    public static int LineOf(Microsoft.CodeAnalysis.SyntaxNode node) =>
        node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
}
