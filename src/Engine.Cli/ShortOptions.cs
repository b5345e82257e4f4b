using System.CommandLine;
using System.CommandLine.Parsing;

namespace Engine.Cli;

/// <summary>Options of one letter, alone or together. The parser takes one that it does not know, and what follows it in a word,
/// for the path that a command expects: <c>rm -rf /a</c> would remove <c>/f</c> too.</summary>
internal static class ShortOptions
{
    /// <summary>The first that the command does not have; null where it has them all.</summary>
    public static string? FirstUnknown(ParseResult parsed, IReadOnlyList<string> words)
    {
        var known = new Dictionary<string, Option>(StringComparer.Ordinal);
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult command; result = result.Parent)
        {
            foreach (Option option in command.Command.Options)
            {
                foreach (string alias in option.Aliases.Append(option.Name))
                    known.TryAdd(alias, option);
            }
        }

        foreach (string word in words.TakeWhile(static word => word != "--"))
        {
            if (word.Length > 1 && word[0] == '-' && char.IsAsciiLetter(word[1]) && FirstUnknown(word, known) is { } unknown)
                return unknown;
        }

        return null;
    }

    private static string? FirstUnknown(string word, Dictionary<string, Option> known)
    {
        for (int i = 1; i < word.Length; i++)
        {
            string letter = "-" + word[i];
            if (!known.TryGetValue(letter, out Option? option))
                return letter;
            // What follows is its value.
            if (option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool))
                return null;
        }

        return null;
    }
}
