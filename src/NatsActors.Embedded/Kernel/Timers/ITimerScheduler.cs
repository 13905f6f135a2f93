namespace NatsActors.Kernel;

/// <summary>An actor with timers; the kernel sets them between the constructor and PreStart.</summary>
internal interface IWithTimers
{
    ITimerScheduler Timers { get; set; }
}

/// <summary>
/// An actor's timers by key. Starting a key again replaces its timer; what a cancelled or replaced timer sent never arrives, not
/// even out of the mailbox. All end with the instance.
/// </summary>
internal interface ITimerScheduler
{
    void StartSingleTimer(object key, object msg, TimeSpan timeout);

    void StartPeriodicTimer(object key, object msg, TimeSpan interval);

    void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval);

    /// <summary>True from the start until a single timer's message is handled or the timer is cancelled.</summary>
    bool IsTimerActive(object key);

    void Cancel(object key);

    void CancelAll();
}
