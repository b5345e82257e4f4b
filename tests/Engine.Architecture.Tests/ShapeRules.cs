using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine.Architecture.Tests;

/// <summary>The shape of a source file: one public type of the file's name, with words, and a header where it is long.</summary>
internal static class ShapeRules
{
    public const int HeaderFromLines = 150;

    public static IEnumerable<string> TypesOf(SourceFile file)
    {
        MemberDeclarationSyntax[] types = [.. TopLevel(file)];
        MemberDeclarationSyntax[] publics = [.. types.Where(IsPublic)];
        if (publics.Length > 1)
        {
            yield return $"{file.Path}: {publics.Length} public types ({string.Join(", ", publics.Select(NameOf))})";
        }

        IEnumerable<string> names = (publics.Length > 0 ? publics : types).Select(NameOf);
        if (types.Length > 0 && !names.Contains(file.Name.Split('.')[0]))
        {
            yield return $"{file.Path}: no type in it has the file's name";
        }
    }

    /// <summary>Public types without a summary; any one part of a partial type may carry it.</summary>
    public static IEnumerable<string> Undocumented(IReadOnlyList<SourceFile> files) =>
        files.SelectMany(file => file.Unit.DescendantNodes().OfType<MemberDeclarationSyntax>()
                .Where(node => IsType(node) && IsPublic(node))
                .Where(node => node.Ancestors().OfType<BaseTypeDeclarationSyntax>().All(IsPublic))
                .Select(node => (Place: file.At(node), Name: FullName(node), HasSummary: HasSummary(node))))
            .GroupBy(type => type.Name)
            .Where(parts => !parts.Any(part => part.HasSummary))
            .Select(parts => $"{parts.First().Place}: public type {parts.Key} has no summary");

    /// <summary>A long file opens with a comment (purpose, ownership, invariants) before its namespace or its code.</summary>
    public static IEnumerable<string> WithoutHeader(SourceFile file)
    {
        if (file.Lines.Length > HeaderFromLines && !HasHeader(file))
        {
            yield return $"{file.Path}: {file.Lines.Length} lines and no opening comment";
        }
    }

    public static IEnumerable<string> Regions(SourceFile file) =>
        file.Unit.DescendantTrivia().Where(trivia => trivia.IsKind(SyntaxKind.RegionDirectiveTrivia))
            .Select(_ => $"{file.Path}: a region; split the type by role instead");

    private static bool HasHeader(SourceFile file)
    {
        if (!file.IsCSharp)
        {
            string[] lines = [.. file.Lines.Where(line => line.Length > 0 && !line.StartsWith("#!", StringComparison.Ordinal))];
            return lines[0].StartsWith("/*", StringComparison.Ordinal) || lines[0].StartsWith("//", StringComparison.Ordinal)
                || lines[0].StartsWith('#');
        }

        MemberDeclarationSyntax? first = file.Unit.Members.FirstOrDefault();
        IEnumerable<SyntaxTrivia> opening = file.Unit.GetFirstToken().LeadingTrivia
            .Concat(first?.GetLeadingTrivia() ?? [])
            .Concat((first as BaseNamespaceDeclarationSyntax)?.Members.FirstOrDefault()?.GetLeadingTrivia() ?? []);
        return opening.Any(trivia => trivia.Kind() is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia);
    }

    private static IEnumerable<MemberDeclarationSyntax> TopLevel(SourceFile file) =>
        file.Unit.DescendantNodes(node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
            .OfType<MemberDeclarationSyntax>().Where(IsType);

    private static bool IsType(MemberDeclarationSyntax node) => node is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax;

    private static bool IsPublic(MemberDeclarationSyntax node) => node.Modifiers.Any(SyntaxKind.PublicKeyword);

    private static string NameOf(MemberDeclarationSyntax node) =>
        node is DelegateDeclarationSyntax type ? type.Identifier.Text : ((BaseTypeDeclarationSyntax)node).Identifier.Text;

    private static string FullName(MemberDeclarationSyntax node)
    {
        IEnumerable<string> parts = node.AncestorsAndSelf().Reverse().Select(part => part switch
        {
            BaseNamespaceDeclarationSyntax space => space.Name.ToString(),
            TypeDeclarationSyntax type => type.Identifier.Text + (type.TypeParameterList?.ToString() ?? ""),
            MemberDeclarationSyntax member when IsType(member) => NameOf(member),
            _ => "",
        });
        return string.Join('.', parts.Where(part => part.Length > 0));
    }

    private static bool HasSummary(MemberDeclarationSyntax node) =>
        node.GetLeadingTrivia().Select(trivia => trivia.GetStructure()).OfType<DocumentationCommentTriviaSyntax>()
            .Any(comment => comment.ToString().Contains("<summary>", StringComparison.Ordinal)
                || comment.ToString().Contains("<inheritdoc", StringComparison.Ordinal));
}
