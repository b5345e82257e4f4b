using System.Text.Json;
using Engine.Buffers;
using Engine.Load;
using Spectre.Console;

namespace Engine.Cli.Reports;

/// <summary>Shows what jobs did: a table, or JSON.</summary>
internal static class JobReports
{
    private static readonly string[] s_columns =
    [
        "job", "IOPS", "MB/s", "clat p50", "p99", "p99.9", "max", "hits", "dev reads", "dev writes", "CPU", "managed",
    ];

    /// <summary>Shows the reports of a run, its errors and its faults.</summary>
    public static void Show(CliConsole console, bool json, string engine, IReadOnlyList<JobReport> reports, string? closeError)
    {
        if (json)
        {
            WriteJson(console.Out, engine, reports, closeError);
            return;
        }

        console.Out.WriteLine($"engine: {engine}");
        Describe(console.Out, reports);
        console.Write(TableOf(reports));
        Explain(console, reports);
        if (closeError is not null)
            console.Note($"engine: close: {closeError}; what was written since the last flush that succeeded may be lost");
    }

    /// <summary>The table of jobs. CPU and managed bytes are the process's; jobs that ran together show the sum of their
    /// group.</summary>
    public static Table TableOf(IReadOnlyList<JobReport> reports)
    {
        var table = new Table();
        foreach (string column in s_columns)
            table.AddColumn(new TableColumn(column)
                { Alignment = column == "job" ? Justify.Left : Justify.Right, NoWrap = true });
        foreach (JobReport report in reports)
        {
            LatencyHistogram latency = report.Latency();
            table.AddRow(new string[]
            {
                report.Name,
                Figures.Count(report.Iops),
                Figures.Number(report.MegabytesPerSecond, "0.0"),
                Figures.Duration(latency.Percentile(50)),
                Figures.Duration(latency.Percentile(99)),
                Figures.Duration(latency.Percentile(99.9)),
                Figures.Duration(latency.Max),
                Figures.Percent(report.IsCached ? report.Device.HitRatio : null),
                Figures.Count(report.Device.Reads),
                Figures.Count(report.Device.Writes),
                Figures.Duration(report.Cpu.TotalNanoseconds),
                ByteSize.Format(report.ManagedBytes),
            }.Select(Markup.Escape).ToArray());
        }

        return table;
    }

    /// <summary>Says what each job of the table was.</summary>
    public static void Describe(TextWriter output, IReadOnlyList<JobReport> reports)
    {
        foreach (JobReport report in reports)
            output.WriteLine($"{report.Name}: {report.Description}");
    }

    private static void Explain(CliConsole console, IReadOnlyList<JobReport> reports)
    {
        TextWriter output = console.Out;
        if (reports.Any(report => report.JobsTogether > 1))
            output.WriteLine("hits, dev reads, dev writes, CPU and managed of jobs that ran together are totals of all of them");
        foreach (JobReport report in reports)
        {
            if (report.Faults.BytesVerified > 0)
                output.WriteLine($"{report.Name}: verified {report.Faults.BytesVerified} bytes of reads");
            if (report.Faults.Faults > 0)
                VerifyReport.ShowFaults(output, report.Name, report.Faults);
            if (report.FirstError is string error)
                output.WriteLine($"{report.Name}: stopped by an error: {error}");
            if (report.WasStopped)
                output.WriteLine($"{report.Name}: {console.EndWord} after {Figures.Duration(report.Elapsed.TotalNanoseconds)}");
        }
    }

    private static void WriteJson(TextWriter output, string engine, IReadOnlyList<JobReport> reports, string? closeError) =>
        JsonReport.Write(output, writer =>
        {
            writer.WriteString("engine", engine);
            writer.WriteString("closeError", closeError);
            writer.WriteStartArray("jobs");
            foreach (JobReport report in reports)
                WriteJob(writer, report);
            writer.WriteEndArray();
        });

    private static void WriteJob(Utf8JsonWriter writer, JobReport report)
    {
        writer.WriteStartObject();
        writer.WriteString("name", report.Name);
        writer.WriteString("description", report.Description);
        writer.WriteBoolean("cached", report.IsCached);
        writer.WriteNumber("elapsedSeconds", report.Elapsed.TotalSeconds);
        writer.WriteNumber("jobsTogether", report.JobsTogether);
        writer.WriteNumber("iops", Math.Round(report.Iops, 1));
        writer.WriteNumber("megabytesPerSecond", Math.Round(report.MegabytesPerSecond, 3));
        WriteDirection(writer, "read", report.BytesRead, report.ReadLatency);
        WriteDirection(writer, "write", report.BytesWritten, report.WriteLatency);
        writer.WriteNumber("flushes", report.Flushes);
        if (report.Device.HitRatio is double ratio)
            writer.WriteNumber("hitRatio", Math.Round(ratio, 6));
        else
            writer.WriteNull("hitRatio");
        writer.WriteNumber("deviceReads", report.Device.Reads);
        writer.WriteNumber("deviceWrites", report.Device.Writes);
        writer.WriteNumber("deviceFlushes", report.Device.Flushes);
        writer.WriteNumber("cpuSeconds", report.Cpu.TotalSeconds);
        writer.WriteNumber("managedBytes", report.ManagedBytes);
        VerifyReport.WriteFaults(writer, report.Faults);
        writer.WriteNumber("errors", report.Errors);
        writer.WriteString("firstError", report.FirstError);
        writer.WriteBoolean("interrupted", report.WasStopped);
        writer.WriteEndObject();
    }

    private static void WriteDirection(Utf8JsonWriter writer, string name, long bytes, LatencyHistogram latency)
    {
        writer.WriteStartObject(name);
        writer.WriteNumber("requests", latency.Count);
        writer.WriteNumber("bytes", bytes);
        writer.WriteNumber("clatMeanNs", Math.Round(latency.Mean, 1));
        writer.WriteNumber("clatP50Ns", latency.Percentile(50));
        writer.WriteNumber("clatP99Ns", latency.Percentile(99));
        writer.WriteNumber("clatP999Ns", latency.Percentile(99.9));
        writer.WriteNumber("clatMaxNs", latency.Max);
        writer.WriteEndObject();
    }
}
