using Engine.Cli;

namespace Engine.Bench.Migration;

/// <summary>The side-by-side figures of the metadata plane: <c>./build.sh bench metadata</c>, and <c>migrate</c>.</summary>
internal static class Program
{
    private const int Usage = 2;
    private const int Environment = 3;

    private static int Main(string[] args)
    {
        MetadataArguments? arguments = MetadataArguments.Parse(args, out string message);
        if (arguments is null)
        {
            (message == MetadataArguments.Help ? Console.Out : Console.Error).WriteLine(message);
            return message == MetadataArguments.Help ? 0 : Usage;
        }

        try
        {
            new MetadataRun(arguments).Execute();
            return 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CliException or TimeoutException)
        {
            Console.Error.WriteLine("bench: " + failure.Message);
            return Environment;
        }
    }
}
