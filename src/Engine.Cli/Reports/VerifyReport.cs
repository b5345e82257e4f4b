using System.Text.Json;
using Engine.Load;

namespace Engine.Cli.Reports;

/// <summary>Shows what a verification found.</summary>
internal static class VerifyReport
{
    public static void Show(CliConsole console, bool json, string path, FaultReport report)
    {
        if (json)
        {
            JsonReport.Write(console.Out, writer =>
            {
                writer.WriteString("path", path);
                WriteFaults(writer, report);
            });
            return;
        }

        if (report.Faults > 0)
            ShowFaults(console.Out, path, report);
        console.Out.WriteLine(SummaryOf(report));
    }

    /// <summary>The closing line: bytes verified and sectors that are wrong.</summary>
    public static string SummaryOf(FaultReport report)
    {
        string absent = report.Absent == 0 ? string.Empty
            : $"; {report.Absent} sectors absent (never flushed, or discarded): allowed, but not verified";
        return $"verified {report.BytesVerified} bytes ({ByteSize.Format(report.BytesVerified)}): {report.Lost} sectors lost, "
            + $"{report.Misplaced} misplaced, {report.Damaged} damaged{absent}";
    }

    /// <summary>Counts and the first faults by name.</summary>
    public static void ShowFaults(TextWriter output, string name, FaultReport report)
    {
        output.WriteLine($"{name}: {report.Lost} sectors lost, {report.Misplaced} misplaced, {report.Damaged} damaged; "
            + "the first:");
        foreach (SectorFault fault in report.Named)
            output.WriteLine($"  {fault}");
    }

    public static void WriteFaults(Utf8JsonWriter writer, FaultReport report)
    {
        writer.WriteStartObject("verify");
        writer.WriteNumber("bytesVerified", report.BytesVerified);
        writer.WriteNumber("sectorsAbsent", report.Absent);
        writer.WriteNumber("sectorsLost", report.Lost);
        writer.WriteNumber("sectorsMisplaced", report.Misplaced);
        writer.WriteNumber("sectorsDamaged", report.Damaged);
        writer.WriteStartArray("first");
        foreach (SectorFault fault in report.Named)
            writer.WriteStringValue(fault.ToString());
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
