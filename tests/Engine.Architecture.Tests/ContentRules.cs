using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine.Architecture.Tests;

/// <summary>
/// What must not stand in the code. Code is judged by its syntax, so that comments and strings do not count;
/// words are judged in every text file. The words are put together here so that this file passes its own rule.
/// </summary>
internal static partial class ContentRules
{
    private const string NativeFolder = "src/Engine.Native";
    private const string RadosFolder = "src/Engine.Rados";

    // The judge of namespaces asks the kernel itself, by calls that the product has no use for.
    private const string JudgeFolder = "tests/Engine.Testing/Namespace";

    private const string BuffersFolder = "src/Engine.Buffers";

    private static readonly (Regex Pattern, string Why)[] s_words =
    [
        (new Regex(@"\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK|XX" + @"X)\b"), "unfinished work"),
        (new Regex(@"(?i)\bissues?\s+#?\d+|\b(fix(es)?|closes?|see)\s+#\d+|\(#\d+\)"), "the number of an issue"),
        (new Regex(@"(?<![\w.])/(work|root|home/\w+|tmp/\w+/\w+|Users/\w+)(/|\b)"), "a path of one machine"),
        (new Regex(@"https?://(localhost|127\.|10\.|192\.168\.|[\w.-]+:\d+)"), "a host of one machine"),
    ];

    private static readonly string[] s_bannedMembers = ["Thread" + ".Sleep", "Task" + ".Delay"];

    public static IEnumerable<string> Words(SourceFile file) =>
        file.Lines.SelectMany((line, index) => s_words
            .Where(word => word.Pattern.IsMatch(line))
            .Select(word => $"{file.Path}:{index + 1}: {word.Why}: {line.Trim()}"));

    /// <summary>Native imports stay in one project, so that there is one place to review.</summary>
    public static IEnumerable<string> Imports(SourceFile file)
    {
        if (file.IsUnder(NativeFolder) || file.IsUnder(RadosFolder) || file.IsUnder(JudgeFolder))
        {
            return [];
        }

        return file.Unit.DescendantNodes().OfType<AttributeSyntax>()
            .Where(attribute => ImportName().IsMatch(attribute.Name.ToString()))
            .Select(attribute => $"{file.At(attribute)}: a native import outside Engine.Native");
    }

    /// <summary>Payload memory has one owner; a product project that allocates beside it escapes every leak check.</summary>
    public static IEnumerable<string> Allocations(SourceFile file)
    {
        if (!file.IsUnder("src") || file.IsUnder(BuffersFolder))
        {
            return [];
        }

        return file.Unit.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
            .Where(access => AllocationName().IsMatch(access.ToString()))
            .Select(access => $"{file.At(access)}: {access} outside Engine.Buffers");
    }

    /// <summary>Waiting for time instead of for an event, and code that is not there yet.</summary>
    public static IEnumerable<string> Calls(SourceFile file)
    {
        IEnumerable<SyntaxNode> waits = file.Unit.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
            .Where(access => s_bannedMembers.Any(member => ("." + access).EndsWith("." + member, StringComparison.Ordinal)));
        IEnumerable<SyntaxNode> stubs = file.Unit.DescendantNodes().OfType<ObjectCreationExpressionSyntax>()
            .Where(creation => creation.Type.ToString().EndsWith("NotImplemented" + "Exception", StringComparison.Ordinal));
        return waits.Concat(stubs).Select(node => $"{file.At(node)}: {node} is banned");
    }

    public static IEnumerable<string> EmptyCatches(SourceFile file) =>
        file.Unit.DescendantNodes().OfType<CatchClauseSyntax>()
            .Where(clause => clause.Block.Statements.Count == 0)
            .Select(clause => $"{file.At(clause)}: an empty catch swallows an error");

    /// <summary>A library prints nothing: only the command knows whether somebody reads.</summary>
    public static IEnumerable<string> Printing(SourceFile file)
    {
        if (!file.IsUnder("src") || file.IsUnder("src/Engine.Cli"))
        {
            return [];
        }

        return file.Unit.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
            .Where(access => access.Expression.ToString() is "Console" or "System.Console")
            .Select(access => $"{file.At(access)}: {access} outside Engine.Cli");
    }

    [GeneratedRegex(@"(^|\.)(DllImport|LibraryImport)(Attribute)?$")]
    private static partial Regex ImportName();

    [GeneratedRegex(@"(^|\.)(NativeMemory\.(Aligned)?(Alloc|Realloc)\w*|Marshal\.(Re)?Alloc(HGlobal|CoTaskMem))$")]
    private static partial Regex AllocationName();
}
