using Xunit;

namespace Engine.Architecture.Tests;

/// <summary>The bugs that <c>build.sh mutants</c> plants change a line that is there.</summary>
public class MutantListTests
{
    [Fact]
    public void EveryPlantedBugHasItsLineOnce()
    {
        string file = "";
        List<string> wrong = [];
        int bugs = 0;
        foreach (string line in File.ReadLines(Path.Combine(Repository.Root, "tests", "tools", "mutants.txt")))
        {
            string[] parts = line.Split('|', StringSplitOptions.TrimEntries);
            if (line.StartsWith("- ", StringComparison.Ordinal))
            {
                bugs++;
                string source = Path.Combine(Repository.Root, "src", file);
                int found = File.ReadLines(source).Count(each => each.TrimStart() == line[2..]);
                if (found != 1)
                    wrong.Add($"{file}: {found} times: {line[2..]}");
            }
            else if (parts.Length == 4 && !line.StartsWith('#'))
            {
                file = parts[1];
            }
        }

        Assert.True(bugs >= 20, $"only {bugs} bugs");
        Rule.Holds(wrong);
    }
}
