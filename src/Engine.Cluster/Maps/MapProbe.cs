using System.Net;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>Asks an address, once, whether the authority over a cluster's map answers there.</summary>
public sealed class MapProbe : IEndpointHandler
{
    /// <summary>Beyond what the call itself may take.</summary>
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource<MapPresence> _found = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private MapProbe()
    {
    }

    /// <summary>Calls, and waits for what comes of it.</summary>
    /// <param name="address">Where.</param>
    /// <param name="cluster">Of which cluster.</param>
    /// <param name="process">A number that no process of the cluster has.</param>
    /// <param name="formats">How messages are written and read.</param>
    /// <param name="patience">Who has not greeted by then is silent.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static MapPresence Ask(
        IPEndPoint address, ClusterId cluster, long process, MessageFormats formats, TimeSpan patience,
        CancellationToken cancellation)
    {
        var probe = new MapProbe();
        using var endpoint = new Endpoint(
            new EndpointOptions
            {
                Self = Peer.Of(new ClientId(process)), Cluster = cluster, Formats = formats,
                HandshakeTimeoutMs = Math.Max(1, (int)patience.TotalMilliseconds),
            },
            probe);
        endpoint.TryDial(Peer.Map, address);
        return probe._found.Task.Wait((int)(patience + s_margin).TotalMilliseconds, cancellation)
            ? probe._found.Task.Result : MapPresence.Silent;
    }

    Refusal IEndpointHandler.Admit(Peer peer) => new(RefusalReason.Address, "nobody is called here");

    void IEndpointHandler.Opened(Connection connection)
    {
        _found.TrySetResult(MapPresence.Serves);
        connection.Close();
    }

    void IEndpointHandler.Received(Connection connection, Message message)
    {
        // It is known by then.
    }

    void IEndpointHandler.Sent(Connection connection, PagesMessage message)
    {
    }

    void IEndpointHandler.Writable(Connection connection)
    {
    }

    void IEndpointHandler.Declined(Connection connection, PagesMessage message)
    {
    }

    void IEndpointHandler.Closed(Connection connection, ConnectionEnd end)
    {
    }

    void IEndpointHandler.DialFailed(Peer to, ConnectionEnd end) =>
        _found.TrySetResult(end.Kind == EndKind.TimedOut ? MapPresence.Silent : MapPresence.Absent);
}
