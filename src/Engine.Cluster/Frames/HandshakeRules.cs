using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>Whether two ends that have greeted suit one another. Who is let in besides is its owner's to say.</summary>
public static class HandshakeRules
{
    /// <summary>What who was dialled says to a hello; <see cref="RefusalReason.None"/> agrees.</summary>
    /// <param name="self">Who was dialled.</param>
    /// <param name="cluster">Its cluster.</param>
    /// <param name="hello">What who dialled said.</param>
    public static Refusal Answer(Peer self, ClusterId cluster, in Greeting hello)
    {
        if (hello.VersionMin > Greeting.ProtocolVersion || hello.VersionMax < Greeting.ProtocolVersion)
            return OfVersion(hello);
        bool goesByTheMap = hello.From.Kind == PeerKind.Client && hello.Cluster == default;
        if (hello.Cluster != cluster && !goesByTheMap)
            return new Refusal(RefusalReason.Cluster, $"this is cluster {cluster}, not {hello.Cluster}");
        if (hello.To.Kind != self.Kind || hello.To.Id != self.Id)
            return new Refusal(RefusalReason.Address, $"{self} answers here, not {hello.To}");
        if (hello.To.Incarnation != 0 && hello.To.Incarnation != self.Incarnation)
            return new Refusal(RefusalReason.Incarnation, $"{self} answers here, not {hello.To}");
        return default;
    }

    /// <summary>What who dialled makes of a welcome.</summary>
    /// <param name="hello">What it said itself.</param>
    /// <param name="welcome">What came back.</param>
    public static Refusal Check(in Greeting hello, in Greeting welcome)
    {
        if (welcome.VersionMin > Greeting.ProtocolVersion || welcome.VersionMax < Greeting.ProtocolVersion)
            return OfVersion(welcome);
        if (welcome.Cluster != hello.Cluster && hello.Cluster != default)
            return new Refusal(RefusalReason.Cluster, $"{welcome.From} is of cluster {welcome.Cluster}, not {hello.Cluster}");
        if (welcome.To != hello.From)
            return new Refusal(RefusalReason.Address, $"{welcome.From} welcomes {welcome.To}, not {hello.From}");
        bool isMeant = welcome.From.Kind == hello.To.Kind && welcome.From.Id == hello.To.Id;
        if (!isMeant)
            return new Refusal(RefusalReason.Address, $"{welcome.From} answers, not {hello.To}");
        if (hello.To.Incarnation != 0 && welcome.From.Incarnation != hello.To.Incarnation)
            return new Refusal(RefusalReason.Incarnation, $"{welcome.From} answers, not {hello.To}");
        return default;
    }

    private static Refusal OfVersion(in Greeting greeting) => new(
        RefusalReason.Version,
        $"{greeting.From} speaks versions {greeting.VersionMin} to {greeting.VersionMax}, this end {Greeting.ProtocolVersion}");
}
