using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine.Architecture.Tests;

/// <summary>
/// A test that asserts nothing cannot fail. A test asserts when it, or any method of the tests' own code that it reaches by
/// name, mentions Assert or Invariant or throws; names are not resolved, so the rule errs towards leniency.
/// </summary>
internal static class AssertionRules
{
    public static IEnumerable<string> TestsWithoutAssertion(IReadOnlyList<SourceFile> files)
    {
        ILookup<string, SyntaxNode> bodies = files
            .SelectMany(file => file.Unit.DescendantNodes())
            .Where(node => node is MethodDeclarationSyntax or LocalFunctionStatementSyntax or ConstructorDeclarationSyntax)
            .ToLookup(NameOf);
        return files.SelectMany(file => file.Unit.DescendantNodes().OfType<MethodDeclarationSyntax>()
            .Where(method => IsTest(method) && !Reaches(method, bodies, []))
            .Select(method => $"{file.At(method)}: {method.Identifier.Text} asserts nothing"));
    }

    public static bool IsTest(MethodDeclarationSyntax method) =>
        method.AttributeLists.SelectMany(list => list.Attributes)
            .Any(attribute => attribute.Name.ToString().EndsWith("Fact", StringComparison.Ordinal)
                || attribute.Name.ToString().EndsWith("Theory", StringComparison.Ordinal));

    private static bool Reaches(SyntaxNode body, ILookup<string, SyntaxNode> bodies, HashSet<string> seen)
    {
        if (body.DescendantNodes().Any(Asserts))
        {
            return true;
        }

        IEnumerable<string> names = body.DescendantNodes().OfType<SimpleNameSyntax>().Select(name => name.Identifier.Text);
        return names.Where(seen.Add).ToArray().Any(name => bodies[name].Any(next => Reaches(next, bodies, seen)));
    }

    private static bool Asserts(SyntaxNode node) => node switch
    {
        ThrowStatementSyntax or ThrowExpressionSyntax => true,
        IdentifierNameSyntax name => name.Identifier.Text is "Assert" or "Invariant",
        InvocationExpressionSyntax call => call.Expression.ToString().Contains("ThrowOnFailure", StringComparison.Ordinal),
        _ => false,
    };

    private static string NameOf(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text,
        LocalFunctionStatementSyntax local => local.Identifier.Text,
        _ => ((ConstructorDeclarationSyntax)node).Identifier.Text,
    };
}
