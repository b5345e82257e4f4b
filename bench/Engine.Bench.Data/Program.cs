namespace Engine.Bench.Data;

/// <summary>The side-by-side figures of the data plane: <c>./build.sh bench [data]</c>.</summary>
internal static class Program
{
    private const int Usage = 2;
    private const int Environment = 3;

    private static int Main(string[] args)
    {
        BenchArguments? arguments = BenchArguments.Parse(args, out string message);
        if (arguments is null)
        {
            (message == BenchArguments.Help ? Console.Out : Console.Error).WriteLine(message);
            return message == BenchArguments.Help ? 0 : Usage;
        }

        try
        {
            var run = new BenchRun(arguments);
            run.Execute();
            return 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine("bench: " + failure.Message);
            return Environment;
        }
    }
}
