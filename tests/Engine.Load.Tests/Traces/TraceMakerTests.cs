using System.Text;
using Engine.Load;

namespace Engine.Load.Tests.Traces;

public sealed class TraceMakerTests
{
    private static readonly TraceMakerOptions s_options = new() { Requests = 40_000, SpanBytes = 256L << 20, Seed = 3 };

    [Fact]
    public void WhatItWritesReadsBackTheSame()
    {
        using var text = new StringWriter();
        new TraceMaker(s_options).WriteTo(text);
        Trace trace = Trace.Parse("made", new MemoryStream(Encoding.ASCII.GetBytes(text.ToString())));
        Assert.Equal(new TraceMaker(s_options).Make(), trace.Records);
        Assert.Empty(trace.Skipped);
        Assert.InRange(trace.EndBytes, 128L << 20, s_options.SpanBytes);
    }

    [Fact]
    public void TheSeedDecides()
    {
        Assert.Equal(new TraceMaker(s_options).Make(), new TraceMaker(s_options).Make());
        Assert.NotEqual(new TraceMaker(s_options).Make(), new TraceMaker(s_options with { Seed = 4 }).Make());
    }

    // The figures of the recorded trace that it imitates: 59 % writes, 99 % of addresses unaligned to 4 KiB, 50 % of requests go
    // on where another of their kind ended, 37 kB a request, 44,774 different 4 KiB blocks in 113,872 requests.
    [Fact]
    public void HasTheCharacterOfARecordedTrace()
    {
        List<TraceRecord> records = [.. new TraceMaker(s_options).Make()];
        var ends = new Dictionary<(TraceOperation, long), int>();
        int goesOn = 0;
        foreach (TraceRecord record in records)
        {
            goesOn += ends.ContainsKey((record.Operation, record.Sector)) ? 1 : 0;
            ends[(record.Operation, record.Sector + (record.Length / 512))] = 1;
        }

        double count = records.Count;
        Assert.InRange(records.Count(record => record.Operation == TraceOperation.Write) / count, 0.55, 0.65);
        Assert.InRange(records.Count(record => record.Sector % 8 != 0) / count, 0.90, 1.0);
        Assert.InRange(goesOn / count, 0.45, 0.95);
        Assert.InRange(records.Average(record => record.Length), 30_000, 45_000);
        Assert.InRange(records.Select(record => record.Length).Distinct().Count(), 12, 100);
        Assert.InRange(records.Select(record => record.Sector / 8).Distinct().Count() / count, 0.2, 0.7);
        int hottest = records.GroupBy(record => record.Sector / 8).Max(group => group.Count());
        Assert.InRange(hottest / count, 0.005, 0.1);
        Assert.All(records, record => Assert.InRange(record.End, 512, s_options.SpanBytes));
        Assert.True(records.Zip(records.Skip(1)).All(pair => pair.First.Time <= pair.Second.Time));
    }

    [Fact]
    public void RefusesImpossibleOptions()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TraceMaker(new TraceMakerOptions { SpanBytes = 1 << 20 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TraceMaker(new TraceMakerOptions { WritePercent = 101 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TraceMaker(new TraceMakerOptions { Requests = -1 }));
    }
}
