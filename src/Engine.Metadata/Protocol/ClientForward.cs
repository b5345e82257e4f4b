namespace Engine.Metadata;

/// <summary>To a client: another rank serves its request; it is to be sent there. Nothing of it was done. Source: migrator
/// specification, appendix B.</summary>
/// <param name="Tid">The request.</param>
/// <param name="To">The rank.</param>
/// <param name="Hops">What the request's <see cref="ClientRequest.Hops"/> is to say.</param>
public sealed record ClientForward(ulong Tid, RankId To, byte Hops) : Message
{
    /// <summary>What the request's <see cref="ClientRequest.Path"/> is to say, from the root: there stands in it where a symbolic
    /// link leads that the other rank may not be able to read. Empty where the path stays as it is.</summary>
    public ReadOnlyMemory<byte> Path { get; init; }

    /// <summary>The same for <see cref="ClientRequest.Path2"/>.</summary>
    public ReadOnlyMemory<byte> Path2 { get; init; }

    /// <summary>The request as it is to be sent on.</summary>
    public ClientRequest Next(ClientRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        ClientRequest next = request with { Hops = Hops };
        if (!Path.IsEmpty)
            next = next with { Base = Ino.Root, Path = Path };
        return Path2.IsEmpty ? next : next with { Base2 = Ino.Root, Path2 = Path2 };
    }
}
